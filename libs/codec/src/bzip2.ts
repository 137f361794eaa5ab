import { startsWith } from "../bytes.ts";
import { BitReader } from "./bits.ts";
import { corrupt } from "./corrupt.ts";
import { HuffmanGroups } from "./huffman.ts";

export const BZIP2_MAGIC = "BZh";

const BLOCK_MAGIC = 0x314159265359;
const END_MAGIC = 0x177245385090;

/**
 * Decompresses one bzip2 stream and verifies the checksum of each block.
 *
 * `size` is how many bytes it must give. Errors: KernelError "corrupt".
 */
export function unbzip2(file: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const level = (file[3] ?? 0) - 0x30;
  if (!startsWith(file, BZIP2_MAGIC) || level < 1 || level > 9) {
    throw corrupt("bzip2", "has no header");
  }
  const output = new Uint8Array(size);
  const bits = new BitReader(file, 4);
  const transformed = new Uint32Array(level * 100_000);
  let written = 0;
  for (;;) {
    const magic = bits.read(24) * 2 ** 24 + bits.read(24);
    const checksum = (bits.read(16) * 2 ** 16 + bits.read(16)) >>> 0;
    if (magic === END_MAGIC) break;
    if (magic !== BLOCK_MAGIC) throw corrupt("bzip2", "is damaged");
    if (bits.read(1) !== 0) throw corrupt("bzip2", "is of a version before 0.9.5");
    const origin = bits.read(24);
    const length = readBlock(bits, transformed);
    if (origin >= length) throw corrupt("bzip2", "is damaged");
    const end = untransform(transformed, length, origin, output, written);
    if (blockChecksum(output, written, end) !== checksum) {
      throw corrupt("bzip2", "does not match its checksum");
    }
    written = end;
  }
  if (written !== size) throw corrupt("bzip2", `unpacks to ${written} bytes instead of ${size}`);
  return output;
}

/** Fills `symbols` with the bytes of a block before the transform is undone; returns how many. */
function readBlock(bits: BitReader, symbols: Uint32Array): number {
  const front = usedBytes(bits);
  const groups = new HuffmanGroups(bits, front.length + 2);
  const end = front.length + 1;
  let length = 0;
  let run = 0;
  let weight = 1;
  for (;;) {
    const symbol = groups.next();
    if (symbol < 2) {
      // Runs of the front byte, in bijective base 2, the least digit first.
      run += weight << symbol;
      weight <<= 1;
      if (run > symbols.length) throw corrupt("bzip2", "has too long a block");
      continue;
    }
    if (length + run >= symbols.length + (symbol === end ? 1 : 0)) {
      throw corrupt("bzip2", "has too long a block");
    }
    symbols.fill(front[0] as number, length, length + run);
    length += run;
    run = 0;
    weight = 1;
    if (symbol === end) return length;
    const byte = front[symbol - 1] as number;
    front.copyWithin(1, 0, symbol - 1);
    front[0] = byte;
    symbols[length++] = byte;
  }
}

function usedBytes(bits: BitReader): Uint8Array {
  const rows = bits.read(16);
  const used: number[] = [];
  for (let row = 0; row < 16; row++) {
    if ((rows & (0x8000 >> row)) === 0) continue;
    const columns = bits.read(16);
    for (let column = 0; column < 16; column++) {
      if ((columns & (0x8000 >> column)) !== 0) used.push(row * 16 + column);
    }
  }
  if (used.length === 0) throw corrupt("bzip2", "is damaged");
  return Uint8Array.from(used);
}

/**
 * Undoes the Burrows-Wheeler transform (each entry takes its successor into its upper 24 bits) and
 * the run lengths before it: four equal bytes are followed by how often the byte comes again.
 */
function untransform(
  symbols: Uint32Array,
  length: number,
  origin: number,
  output: Uint8Array,
  start: number,
): number {
  const places = new Uint32Array(256);
  for (let at = 0; at < length; at++) (places[(symbols[at] as number) & 0xff] as number)++;
  for (let byte = 0, sum = 0; byte < 256; byte++) {
    const count = places[byte] as number;
    places[byte] = sum;
    sum += count;
  }
  for (let at = 0; at < length; at++) {
    const byte = (symbols[at] as number) & 0xff;
    const place = places[byte] as number;
    places[byte] = place + 1;
    symbols[place] = (symbols[place] as number) | (at << 8);
  }

  let entry = (symbols[origin] as number) >>> 8;
  let to = start;
  let equal = 0;
  let before = -1;
  for (let left = length; left > 0; left--) {
    const next = symbols[entry] as number;
    const byte = next & 0xff;
    entry = next >>> 8;
    if (equal === 4) {
      if (to + byte > output.length) throw corrupt("bzip2", "is longer than it says");
      output.fill(before, to, to + byte);
      to += byte;
      equal = 0;
      before = -1;
      continue;
    }
    equal = byte === before ? equal + 1 : 1;
    before = byte;
    if (to >= output.length) throw corrupt("bzip2", "is longer than it says");
    output[to++] = byte;
  }
  return to;
}

let table: Int32Array | undefined;

/** CRC-32 as in Ethernet, but with the highest bit first, which zlib does not have. */
function blockChecksum(bytes: Uint8Array, start: number, end: number): number {
  table ??= Int32Array.from({ length: 256 }, (_, index) => {
    let value = index << 24;
    for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ (value < 0 ? 0x04c11db7 : 0);
    return value;
  });
  let value = -1;
  for (let at = start; at < end; at++) {
    value = (value << 8) ^ (table[(value >>> 24) ^ (bytes[at] as number)] as number);
  }
  return ~value >>> 0;
}
