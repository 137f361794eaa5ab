import { crc32 } from "node:zlib";

/** The kinds of integrity check (xz file format, section 2.1.1.2) and the bytes each takes. */
export const CHECK_SIZE = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64] as const;

const CRC32 = 1;
const CRC64 = 4;
const SHA256 = 10;

/** The check of one block, from its bytes in order. */
export type Check = {
  update(data: Uint8Array): void;
  /** Whether it is the stored one; true for an unknown kind, as the format demands. */
  holds(stored: Uint8Array): boolean;
};

export function newCheck(kind: number): Check {
  if (kind === CRC32) {
    let value = 0;
    return {
      update: (data) => {
        value = crc32(data, value);
      },
      holds: (stored) => view(stored).getUint32(0, true) === value,
    };
  }
  if (kind === CRC64) return new Crc64();
  if (kind === SHA256) {
    const hash = new Bun.CryptoHasher("sha256");
    return {
      update: (data) => void hash.update(data),
      holds: (stored) => hash.digest().equals(stored),
    };
  }
  return { update: () => {}, holds: () => true };
}

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** CRC-64 of ECMA-182, reflected; in halves of 32 bits, since BigInt takes 40 times as long. */
class Crc64 implements Check {
  #low = -1;
  #high = -1;

  update(data: Uint8Array): void {
    const { low, high } = table();
    let a = this.#low;
    let b = this.#high;
    for (let at = 0; at < data.length; at++) {
      const index = (a ^ (data[at] as number)) & 0xff;
      a = ((a >>> 8) | (b << 24)) ^ (low[index] as number);
      b = (b >>> 8) ^ (high[index] as number);
    }
    this.#low = a;
    this.#high = b;
  }

  holds(stored: Uint8Array): boolean {
    const bytes = view(stored);
    return (
      bytes.getUint32(0, true) === ~this.#low >>> 0 &&
      bytes.getUint32(4, true) === ~this.#high >>> 0
    );
  }
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
