import type { ByteString } from "../byte-string.ts";

export type TarField = {
  readonly name: ByteString;
  readonly type?: string;
  readonly link?: ByteString;
  readonly mode?: number;
  readonly mtime?: number;
  /** The size in the header; by default the length of `data`. */
  readonly size?: number;
  readonly data?: string | Uint8Array;
  readonly prefix?: ByteString;
  readonly magic?: string;
};

const BLOCK = 512;

/** Writes archives that no tar program would, for tests of what reads them. */
export function tar(...entries: readonly (TarField | Uint8Array)[]): Buffer {
  const blocks = entries.map((entry) => (entry instanceof Uint8Array ? entry : tarEntry(entry)));
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

export function tarEntry(field: TarField): Buffer {
  const { name, type = "0", link = "", mode = 0o644, mtime = 0, prefix = "" } = field;
  const data = Buffer.from(field.data ?? "");
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, 100, "latin1");
  block.write(octal(mode, 8), 100, "latin1");
  block.write(octal(0, 8), 108, "latin1");
  block.write(octal(0, 8), 116, "latin1");
  block.write(octal(field.size ?? data.length, 12), 124, "latin1");
  block.write(octal(mtime, 12), 136, "latin1");
  block.write(type, 156, "latin1");
  block.write(link, 157, 100, "latin1");
  block.write(field.magic ?? "ustar\x0000", 257, "latin1");
  block.write(prefix, 345, 155, "latin1");
  return Buffer.concat([withSum(block), padded(data)]);
}

/** A header with the sum of its bytes put right. */
export function withSum(block: Buffer): Buffer {
  block.fill(" ", 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** An extended header: its records, each with the length in front. */
export function pax(records: Readonly<Record<string, string>>, type = "x"): Buffer {
  const data = Object.entries(records).map(([key, value]) => paxRecord(key, value));
  return tarEntry({ name: "pax", type, data: Buffer.concat(data) });
}

export function paxRecord(key: string, value: string): Buffer {
  const body = Buffer.from(` ${key}=${value}\n`);
  let length = body.length;
  while (String(length).length + body.length !== length)
    length = String(length).length + body.length;
  return Buffer.concat([Buffer.from(String(length)), body]);
}

export function padded(data: Uint8Array): Buffer {
  return Buffer.concat([data, Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK)]);
}

function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, "0")}\0`;
}
