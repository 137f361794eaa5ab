import { corrupt } from "./error.ts";

/** Unpacked bytes that grow up to a limit. */
export class Output {
  length = 0;
  #held: Uint8Array<ArrayBuffer>;
  readonly #limit: number;

  constructor(limit: number, size: number) {
    this.#limit = limit;
    this.#held = new Uint8Array(Math.min(limit, size));
  }

  /** All bytes so far, with room for `more` behind them as far as the limit allows. */
  room(more: number): Uint8Array<ArrayBuffer> {
    const wanted = Math.min(this.#limit, this.length + more);
    if (wanted > this.#held.length) {
      const grown = new Uint8Array(Math.min(this.#limit, Math.max(wanted, 2 * this.#held.length)));
      grown.set(this.#held.subarray(0, this.length));
      this.#held = grown;
    }
    return this.#held;
  }

  append(bytes: Uint8Array, most: number): void {
    if (bytes.length > most) throw this.tooMuch(this.length + bytes.length, most);
    const to = this.room(bytes.length);
    if (this.length + bytes.length > to.length) throw this.tooMuch(to.length + 1, most);
    to.set(bytes, this.length);
    this.length += bytes.length;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.#held.subarray(0, this.length);
  }

  /** The error for a block that would make the output longer than `end`. */
  tooMuch(end: number, most: number): Error {
    return end > this.#limit
      ? corrupt("lz4", `unpacks to more than ${this.#limit} bytes`)
      : corrupt("lz4", `has a block of more than ${most} bytes`);
  }
}

/**
 * Unpacks one block (lz4_Block_format.md) of at most `most` bytes, which may refer to what was unpacked
 * from `window` on. Errors: CodecError, with what came before the damage in `target`.
 */
export function unblock(
  file: Uint8Array,
  from: number,
  end: number,
  target: Output,
  window: number,
  most: number,
): void {
  const output = target.room(most);
  const stop = Math.min(output.length, target.length + most);
  let at = from;
  let to = target.length;
  try {
    while (at < end) {
      const token = file[at++] as number;
      let literals = token >> 4;
      if (literals === 15) {
        let more = 255;
        while (more === 255 && at < end) {
          more = file[at++] as number;
          literals += more;
        }
      }
      if (at + literals > end) throw corrupt("lz4", "has literals beyond its end");
      if (to + literals > stop) throw target.tooMuch(to + literals, most);
      // A call costs more than the copy of a few bytes.
      if (literals > 32) {
        output.set(file.subarray(at, at + literals), to);
        at += literals;
        to += literals;
      } else {
        for (const last = at + literals; at < last; ) output[to++] = file[at++] as number;
      }
      if (at === end) break;
      if (at + 2 > end) throw corrupt("lz4", "is cut");
      const distance = (file[at] as number) | ((file[at + 1] as number) << 8);
      at += 2;
      let length = (token & 15) + 4;
      if (length === 19) {
        let more = 255;
        while (more === 255 && at < end) {
          more = file[at++] as number;
          length += more;
        }
      }
      if (distance === 0 || distance > to - window) {
        throw corrupt("lz4", "refers to before its start");
      }
      if (to + length > stop) throw target.tooMuch(to + length, most);
      let copy = to - distance;
      for (const last = to + length; to < last; ) output[to++] = output[copy++] as number;
    }
  } finally {
    target.length = to;
  }
}
