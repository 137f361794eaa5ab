import type { End } from "../../../../libs/asm/src/testing/descriptors.ts";
import { RECORD } from "../records.ts";

export type Told = { readonly kind: number; readonly a: number; readonly b: bigint };

/** The next record in a pipe to relay-out. */
export async function nextRecord(pipe: End): Promise<Told> {
  const view = new DataView((await pipe.take(RECORD.size)).buffer);
  return {
    kind: view.getUint32(0, true),
    a: view.getUint32(4, true),
    b: view.getBigUint64(8, true),
  };
}

/** All records until the pipe is closed. */
export async function allRecords(pipe: End): Promise<Told[]> {
  const bytes = await pipe.rest();
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / RECORD.size }, (_, index) => ({
    kind: view.getUint32(index * RECORD.size, true),
    a: view.getUint32(index * RECORD.size + 4, true),
    b: view.getBigUint64(index * RECORD.size + 8, true),
  }));
}

export function record(kind: number, a = 0, b: number | bigint = 0): Uint8Array {
  const bytes = new Uint8Array(RECORD.size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, kind, true);
  view.setUint32(4, a, true);
  view.setBigUint64(8, BigInt(b), true);
  return bytes;
}
