import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

/** The kinds of integrity check (xz file format, section 2.1.1.2) and the bytes each takes. */
export const CHECK_SIZE = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64] as const;

const CRC32 = 1;
const CRC64 = 4;
const SHA256 = 10;

/** Whether the check holds; one of an unknown kind does, as the format wants. */
export function checkHolds(kind: number, stored: Uint8Array, data: Uint8Array): boolean {
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  if (kind === CRC32) return view.getUint32(0, true) === crc32(data);
  if (kind === CRC64) return view.getBigUint64(0, true) === crc64(data);
  if (kind === SHA256) return createHash("sha256").update(data).digest().equals(stored);
  return true;
}

/** CRC-64 of ECMA-182, reflected; in halves of 32 bits, since BigInt takes 40 times as long. */
export function crc64(data: Uint8Array): bigint {
  const { low, high } = table();
  let a = -1;
  let b = -1;
  for (let at = 0; at < data.length; at++) {
    const index = (a ^ (data[at] as number)) & 0xff;
    a = ((a >>> 8) | (b << 24)) ^ (low[index] as number);
    b = (b >>> 8) ^ (high[index] as number);
  }
  return (BigInt(~b >>> 0) << 32n) | BigInt(~a >>> 0);
}

let made: { low: Int32Array; high: Int32Array } | undefined;

function table(): { low: Int32Array; high: Int32Array } {
  if (made !== undefined) return made;
  const low = new Int32Array(256);
  const high = new Int32Array(256);
  for (let index = 0; index < 256; index++) {
    let value = BigInt(index);
    for (let bit = 0; bit < 8; bit++) {
      value = (value >> 1n) ^ ((value & 1n) === 1n ? 0xc96c5795d7870f42n : 0n);
    }
    low[index] = Number(BigInt.asIntN(32, value));
    high[index] = Number(BigInt.asIntN(32, value >> 32n));
  }
  made = { low, high };
  return made;
}
