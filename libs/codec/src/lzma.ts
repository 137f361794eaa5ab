import { corrupt } from "./error.ts";

// Where each group of probabilities begins (LZMA specification, "The main loop of decoder").
const IS_MATCH = 0; // 12 states of 16 positions
const IS_REP = 192;
const IS_REP_G0 = 204;
const IS_REP_G1 = 216;
const IS_REP_G2 = 228;
const IS_REP0_LONG = 240; // 12 states of 16 positions
const POSITION_SLOT = 432; // 4 trees of 64
const POSITION_SPECIAL = 688; // 114, reached through base + distance - slot
const POSITION_ALIGN = 802; // 16
const MATCH_LENGTH = 818; // 2 + 16 * 8 + 16 * 8 + 256
const REP_LENGTH = 1332;
const LITERAL = 1846;

const HALF = 1024;
const TOP = 2 ** 24;

/**
 * The LZMA engine, for LZMA2 chunks and for LZMA streams. The output is also the dictionary, so nothing is
 * copied. It never writes outside the output and never reads before the dictionary's start; what it reads
 * beyond the source counts as 0, so callers check `consumed`.
 *
 * Written for speed: a 63 MiB kernel takes 0.8 s, as long as liblzma's own. The libraries on npm
 * lack the x86 filter that kernels use (xz-decompress, built of XZ Embedded without BCJ), or take two to
 * four times as long and install further packages while they run (xz-compat).
 */
export class LzmaDecoder {
  #source: Uint8Array;
  readonly #output: Uint8Array;
  #at = 0;
  #dictionary = 0;
  #position = 0;
  #range = 0;
  #code = 0;
  #probabilities = new Uint16Array(0);
  #literalContextBits = 0;
  #literalPositionMask = 0;
  #positionMask = 0;
  #state = 0;
  #rep0 = 0;
  #rep1 = 0;
  #rep2 = 0;
  #rep3 = 0;

  constructor(source: Uint8Array, output: Uint8Array) {
    this.#source = source;
    this.#output = output;
  }

  /** Reads from other bytes from now on; the next call must be `startRange` or `copy`. */
  feed(source: Uint8Array): void {
    this.#source = source;
  }

  /**
   * Moves the last `keep` bytes of the output to its start, to make room behind them. Only these can
   * be referred to from now on. The move is by a multiple of 16, which positions are counted in.
   */
  slide(keep: number): void {
    const by = Math.max(0, this.#at - keep) & ~15;
    this.#output.copyWithin(0, by, this.#at);
    this.#at -= by;
    this.#dictionary -= by;
  }

  /** How many bytes of the output are written. */
  get written(): number {
    return this.#at;
  }

  /** What was written since `written` was `from`; valid until more is decoded. */
  since(from: number): Uint8Array {
    return this.#output.subarray(from, this.#at);
  }

  /** Where in the source the range decoder stands. */
  get consumed(): number {
    return this.#position;
  }

  /** Forgets the dictionary: nothing before this place can be referred to. */
  resetDictionary(): void {
    this.#dictionary = this.#at;
  }

  /** Takes the byte that holds lc, lp and pb, and resets the state. */
  setProperties(byte: number): void {
    if (byte >= 9 * 5 * 5) throw corrupt("LZMA", `has impossible properties (${byte})`);
    const lc = byte % 9;
    const lp = Math.floor(byte / 9) % 5;
    const pb = Math.floor(byte / 45);
    this.#literalContextBits = lc;
    this.#literalPositionMask = (1 << lp) - 1;
    this.#positionMask = (1 << pb) - 1;
    this.#probabilities = new Uint16Array(LITERAL + (0x300 << (lc + lp)));
    this.resetState();
  }

  resetState(): void {
    this.#probabilities.fill(HALF);
    this.#state = 0;
    this.#rep0 = this.#rep1 = this.#rep2 = this.#rep3 = 0;
  }

  /** Starts the range decoder at a place in the source. */
  startRange(position: number): void {
    if (this.#source[position] !== 0) throw corrupt("LZMA", "does not begin with a zero byte");
    this.#position = position + 5;
    this.#range = -1;
    this.#code = 0;
    for (let at = position + 1; at < position + 5; at++) {
      this.#code = (this.#code << 8) | (this.#source[at] as number);
    }
  }

  /** Copies bytes that are not compressed from the source to the output. */
  copy(position: number, length: number): void {
    this.#output.set(this.#source.subarray(position, position + length), this.#at);
    this.#at += length;
  }

  /** Decodes until `limit` bytes are written (false) or an end marker comes (true). */
  decode(limit: number): boolean {
    const output = this.#output;
    const dictionary = this.#dictionary;
    const first = Math.max(dictionary, 0);
    const lc = this.#literalContextBits;
    while (this.#at < limit) {
      const at = this.#at;
      const state = this.#state;
      const position = (at - dictionary) & this.#positionMask;
      if (this.#bit(IS_MATCH + (state << 4) + position) === 0) {
        const previous = at > dictionary ? (output[at - 1] as number) : 0;
        const place = (at - dictionary) & this.#literalPositionMask;
        this.#literal(LITERAL + 0x300 * ((place << lc) + (previous >> (8 - lc))), state);
        continue;
      }
      let length: number;
      if (this.#bit(IS_REP + state) === 0) {
        this.#rep3 = this.#rep2;
        this.#rep2 = this.#rep1;
        this.#rep1 = this.#rep0;
        length = this.#length(MATCH_LENGTH, position);
        this.#state = state < 7 ? 7 : 10;
        this.#rep0 = this.#distance(length);
        if (this.#rep0 === -1) return true;
      } else if (this.#repeatsOneByte(state, position)) {
        length = 1;
        this.#state = state < 7 ? 9 : 11;
      } else {
        length = this.#length(REP_LENGTH, position);
        this.#state = state < 7 ? 8 : 11;
      }
      let from = at - this.#rep0 - 1;
      if (this.#rep0 < 0 || from < first) throw corrupt("LZMA", "refers to before its start");
      if (at + length > limit) throw corrupt("LZMA", "is longer than it says");
      const stop = at + length;
      for (let to = at; to < stop; ) output[to++] = output[from++] as number;
      this.#at = stop;
    }
    return false;
  }
  #bit(index: number): number {
    const probabilities = this.#probabilities;
    const probability = probabilities[index] as number;
    const bound = Math.imul(this.#range >>> 11, probability);
    let range: number;
    let bit: number;
    if (this.#code >>> 0 < bound >>> 0) {
      range = bound;
      probabilities[index] = probability + ((2048 - probability) >> 5);
      bit = 0;
    } else {
      range = (this.#range - bound) | 0;
      this.#code = (this.#code - bound) | 0;
      probabilities[index] = probability - (probability >> 5);
      bit = 1;
    }
    if (range >>> 0 < TOP) {
      range <<= 8;
      this.#code = (this.#code << 8) | (this.#source[this.#position++] as number);
    }
    this.#range = range;
    return bit;
  }

  /** `count` bits of even odds. */
  #direct(count: number): number {
    let value = 0;
    for (let left = count; left > 0; left--) {
      this.#range >>>= 1;
      const code = (this.#code - this.#range) | 0;
      const below = code >> 31;
      this.#code = (code + (this.#range & below)) | 0;
      value = (value << 1) + below + 1;
      if (this.#range >>> 0 < TOP) {
        this.#range <<= 8;
        this.#code = (this.#code << 8) | (this.#source[this.#position++] as number);
      }
    }
    return value;
  }

  #tree(base: number, bits: number): number {
    let node = 1;
    for (let left = bits; left > 0; left--) node = (node << 1) | this.#bit(base + node);
    return node - (1 << bits);
  }

  #reverseTree(base: number, bits: number): number {
    let node = 1;
    let value = 0;
    for (let at = 0; at < bits; at++) {
      const bit = this.#bit(base + node);
      node = (node << 1) | bit;
      value |= bit << at;
    }
    return value;
  }

  #literal(base: number, state: number): void {
    let node = 1;
    if (state >= 7) {
      // The byte that the last match would have given next decides the probabilities, as long as
      // the bits agree with it.
      let match = this.#output[this.#at - this.#rep0 - 1] as number;
      let agree: boolean;
      do {
        const expected = (match >> 7) & 1;
        match <<= 1;
        const bit = this.#bit(base + ((1 + expected) << 8) + node);
        node = (node << 1) | bit;
        agree = bit === expected;
      } while (agree && node < 0x100);
    }
    while (node < 0x100) node = (node << 1) | this.#bit(base + node);
    this.#output[this.#at++] = node;
    this.#state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
  }

  #length(base: number, position: number): number {
    if (this.#bit(base) === 0) return 2 + this.#tree(base + 2 + (position << 3), 3);
    if (this.#bit(base + 1) === 0) return 10 + this.#tree(base + 130 + (position << 3), 3);
    return 18 + this.#tree(base + 258, 8);
  }

  /** A distance less one; -1 is the end marker. */
  #distance(length: number): number {
    const slot = this.#tree(POSITION_SLOT + (Math.min(length - 2, 3) << 6), 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) << bits;
    if (slot < 14) return base + this.#reverseTree(POSITION_SPECIAL + base - slot, bits);
    return (base + (this.#direct(bits - 4) << 4) + this.#reverseTree(POSITION_ALIGN, 4)) | 0;
  }

  /** Chooses one of the last four distances; true for a single byte at the last one. */
  #repeatsOneByte(state: number, position: number): boolean {
    if (this.#bit(IS_REP_G0 + state) === 0) {
      return this.#bit(IS_REP0_LONG + (state << 4) + position) === 0;
    }
    let distance = this.#rep1;
    if (this.#bit(IS_REP_G1 + state) === 1) {
      distance = this.#rep2;
      if (this.#bit(IS_REP_G2 + state) === 1) {
        distance = this.#rep3;
        this.#rep3 = this.#rep2;
      }
      this.#rep2 = this.#rep1;
    }
    this.#rep1 = this.#rep0;
    this.#rep0 = distance;
    return false;
  }
}
