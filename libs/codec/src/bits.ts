import { corrupt } from "./corrupt.ts";

/** Bits of bzip2 data, the highest of each byte first. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at: number;
  #held = 0;
  #count = 0;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#at = start;
  }

  /** The next bits, at most 24, as a number. */
  read(count: number): number {
    const value = this.peek(count);
    this.skip(count);
    return value;
  }

  /** The same without taking them; bits beyond the end are 0. */
  peek(count: number): number {
    while (this.#count < count) {
      this.#held = ((this.#held & 0xffffff) << 8) | (this.#bytes[this.#at] ?? 0);
      this.#at++;
      this.#count += 8;
    }
    return (this.#held >>> (this.#count - count)) & ((1 << count) - 1);
  }

  skip(count: number): void {
    this.#count -= count;
    if (this.#at - (this.#count >> 3) > this.#bytes.length) throw corrupt("bzip2", "is cut");
  }
}
