import type { BitReader } from "./bits.ts";
import { corrupt } from "./corrupt.ts";

const LONGEST = 20;
const GROUP = 50;

/** The symbols of a bzip2 block; every 50 of them have a Huffman table that a selector names. */
export class HuffmanGroups {
  readonly #bits: BitReader;
  readonly #selectors: Uint8Array;
  readonly #tables: readonly Table[];
  #table: Table;
  #group = 0;
  #left = 0;

  /** Reads the selectors and tables that stand before the symbols. */
  constructor(bits: BitReader, symbols: number) {
    const tableCount = bits.read(3);
    const selectorCount = bits.read(15);
    if (tableCount < 2 || tableCount > 6 || selectorCount === 0) throw damaged();
    this.#bits = bits;
    this.#selectors = readSelectors(bits, selectorCount, tableCount);
    this.#tables = Array.from({ length: tableCount }, () => makeTable(readLengths(bits, symbols)));
    this.#table = this.#tables[0] as Table;
  }

  next(): number {
    if (this.#left === 0) {
      if (this.#group >= this.#selectors.length) throw corrupt("bzip2", "has too long a block");
      this.#table = this.#tables[this.#selectors[this.#group++] as number] as Table;
      this.#left = GROUP;
    }
    this.#left--;
    const { limits, offsets, symbols } = this.#table;
    const code = this.#bits.peek(LONGEST);
    let length = 1;
    while (code >= (limits[length] as number)) if (++length > LONGEST) throw damaged();
    this.#bits.skip(length);
    return symbols[(offsets[length] as number) + (code >> (LONGEST - length))] as number;
  }
}

const damaged = () => corrupt("bzip2", "is damaged");

interface Table {
  /** For each length: what the next 20 bits are below when a code of at most that length is next. */
  readonly limits: Int32Array;
  /** For each length: what to add to a code for its place in `symbols`. */
  readonly offsets: Int32Array;
  readonly symbols: Uint16Array;
}

function readSelectors(bits: BitReader, count: number, tables: number): Uint8Array {
  const front = [0, 1, 2, 3, 4, 5].slice(0, tables);
  return Uint8Array.from({ length: count }, () => {
    let place = 0;
    while (bits.read(1) === 1) if (++place >= tables) throw damaged();
    front.unshift(...front.splice(place, 1));
    return front[0] as number;
  });
}

function readLengths(bits: BitReader, symbols: number): Uint8Array {
  let length = bits.read(5);
  return Uint8Array.from({ length: symbols }, () => {
    while (bits.read(1) === 1) length += bits.read(1) === 0 ? 1 : -1;
    if (length < 1 || length > LONGEST) throw damaged();
    return length;
  });
}

function makeTable(lengths: Uint8Array): Table {
  const limits = new Int32Array(LONGEST + 1);
  const offsets = new Int32Array(LONGEST + 1);
  const symbols = new Uint16Array(lengths.length);
  let code = 0;
  let place = 0;
  for (let length = 1; length <= LONGEST; length++) {
    code <<= 1;
    offsets[length] = place - code;
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] !== length) continue;
      symbols[place++] = symbol;
      code++;
    }
    if (code > 1 << length) throw damaged();
    limits[length] = code << (LONGEST - length);
  }
  return { limits, offsets, symbols };
}
