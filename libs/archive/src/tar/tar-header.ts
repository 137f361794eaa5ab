import { type ByteString, fromBytes } from "../byte-string.ts";
import { ArchiveError } from "../error.ts";

export const BLOCK = 512;

/** The fields of one 512-byte header, before long names and pax records are applied. */
export type TarHeader = {
  readonly type: string;
  readonly name: ByteString;
  readonly link: ByteString;
  readonly mode: number;
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
};

/**
 * Reads one header block: ustar (POSIX.1-2017, pax, "ustar Interchange Format"), GNU and star, told
 * apart by their magic as in Go's archive/tar.
 * @returns undefined for a block of zeros
 * @throws ArchiveError "archive"
 */
export function readHeader(block: Uint8Array): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  checkSum(block);
  const magic = fromBytes(block.subarray(257, 265));
  const isPosix = magic.startsWith("ustar\0");
  const isStar = isPosix && fromBytes(block.subarray(508, 512)) === "tar\0";
  const prefix = isPosix ? text(block, 345, isStar ? 131 : 155) : "";
  const name = text(block, 0, 100);
  return {
    type: String.fromCharCode(block[156] ?? 0),
    name: prefix === "" ? name : `${prefix}/${name}`,
    link: text(block, 157, 100),
    mode: number(block, 100, 8, "mode"),
    size: number(block, 124, 12, "size"),
    mtime: number(block, 136, 12, "time", true),
  };
}

/** A field of text, up to its first NUL. */
export function text(block: Uint8Array, at: number, length: number): ByteString {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return fromBytes(end < 0 ? field : field.subarray(0, end));
}

/**
 * A field with a number: octal digits, or, if the first bit is set, two's complement in base 256 (GNU
 * tar manual, "Basic Tar Format"). An empty field is 0.
 */
export function number(
  block: Uint8Array,
  at: number,
  length: number,
  what: string,
  signed = false,
): number {
  const field = block.subarray(at, at + length);
  const first = field[0] ?? 0;
  const value = first >= 0x80 ? base256(field) : octal(fromBytes(field));
  if (!Number.isSafeInteger(value) || (value < 0 && !signed)) {
    throw new ArchiveError("archive", `a tar header has a ${what} that is not a number`);
  }
  return value;
}

function octal(field: string): number {
  const digits = field.replace(/^[ \0]+|[ \0]+$/g, "");
  if (digits === "") return 0;
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

function base256(field: Uint8Array): number {
  const first = field[0] ?? 0;
  const negative = (first & 0x40) !== 0;
  let value = BigInt(negative ? (first & 0x7f) - 0x80 : first & 0x7f);
  for (const byte of field.subarray(1)) value = value * 256n + BigInt(byte);
  return Number(value);
}

/** The sum of all bytes with the field itself as spaces; some old programs added signed bytes. */
function checkSum(block: Uint8Array): void {
  let unsigned = 0;
  let signed = 0;
  for (let i = 0; i < BLOCK; i++) {
    const byte = i >= 148 && i < 156 ? 32 : (block[i] ?? 0);
    unsigned += byte;
    signed += byte < 128 ? byte : byte - 256;
  }
  const written = number(block, 148, 8, "checksum", true);
  if (written !== unsigned && written !== signed) {
    throw new ArchiveError(
      "archive",
      "a tar header has a wrong checksum: this is not a tar archive",
    );
  }
}
