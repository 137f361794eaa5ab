import { crc32 } from "node:zlib";
import { unfilterArm64, unfilterX86 } from "./bcj.ts";
import { startsWith, u8, u16, u32 } from "./bytes.ts";
import { corrupt } from "./error.ts";
import { LzmaDecoder } from "./lzma.ts";
import { CHECK_SIZE, newCheck } from "./xz-check.ts";

export const XZ_MAGIC = "\xfd7zXZ\0";

export const FILTER_X86 = 4;
export const FILTER_ARM64 = 10;
export const FILTER_LZMA2 = 0x21;

interface Block {
  /** Where its LZMA2 chunks begin and end in the file. */
  readonly start: number;
  readonly end: number;
  readonly size: number;
  readonly filters: readonly number[];
  readonly check: { readonly kind: number; readonly at: number };
}

/**
 * Decompresses an xz file (format 1.1.0) with the filters that kernels and their modules use: LZMA2,
 * x86 and ARM64. Every header, index and check is verified. Before anything is allocated the chunk
 * headers are walked, so the size is known and compared with `limit` (bytes).
 *
 * Errors: CodecError, also for cut files.
 */
export function unxz(file: Uint8Array, limit: number): Uint8Array<ArrayBuffer> {
  const blocks: Block[] = [];
  let at = 0;
  do {
    at = readStream(file, at, blocks);
    while (at < file.length && startsWith(file, "\0\0\0\0", at)) at += 4;
  } while (at < file.length);
  const size = blocks.reduce((sum, block) => sum + block.size, 0);
  if (size > limit) throw corrupt("xz", `unpacks to ${size} bytes, more than ${limit}`);

  const output = new Uint8Array(size);
  const decoder = new LzmaDecoder(file, output);
  for (const block of blocks) {
    const from = decoder.written;
    decodeChunks(file, block, decoder);
    const data = output.subarray(from, decoder.written);
    for (const filter of block.filters) {
      if (filter === FILTER_X86) unfilterX86(data);
      if (filter === FILTER_ARM64) unfilterArm64(data);
    }
    const { kind, at } = block.check;
    const check = newCheck(kind);
    check.update(data);
    if (!check.holds(file.subarray(at, at + (CHECK_SIZE[kind] ?? 0)))) {
      throw corrupt("xz", "does not match its checksum");
    }
  }
  return output;
}

/** Reads the stream at `start` without decoding it; returns where it ends. */
function readStream(file: Uint8Array, start: number, blocks: Block[]): number {
  if (!startsWith(file, XZ_MAGIC, start)) throw corrupt("xz", `has no stream at byte ${start}`);
  if (start + 12 > file.length) throw corrupt("xz", "is cut");
  const flags = u16(file, start + 6);
  const kind = flags >> 8;
  if ((flags & 0xff) !== 0 || kind > 15) throw corrupt("xz", "has unknown stream flags");
  if (u32(file, start + 8) !== crc32(file.subarray(start + 6, start + 8))) {
    throw corrupt("xz", "has a damaged stream header");
  }
  let at = start + 12;
  const sizes: [number, number][] = [];
  while (byteAt(file, at) !== 0) {
    const block = readBlock(file, at, kind);
    blocks.push(block);
    const unpadded = block.end - at + (CHECK_SIZE[kind] ?? 0);
    sizes.push([unpadded, block.size]);
    at = block.check.at + (CHECK_SIZE[kind] ?? 0);
  }
  return readIndex(file, at, flags, sizes);
}

const byteAt = (file: Uint8Array, at: number): number => {
  if (at >= file.length) throw corrupt("xz", "is cut");
  return u8(file, at);
};

function readBlock(file: Uint8Array, start: number, kind: number): Block {
  const headerSize = (byteAt(file, start) + 1) * 4;
  const end = start + headerSize - 4;
  if (end + 4 > file.length) throw corrupt("xz", "is cut");
  if (u32(file, end) !== crc32(file.subarray(start, end))) {
    throw corrupt("xz", "has a damaged block header");
  }
  const flags = u8(file, start + 1);
  if ((flags & 0x3c) !== 0) throw corrupt("xz", "has unknown block flags");
  const header = new Numbers(file, start + 2, end);
  if ((flags & 0x40) !== 0) header.next();
  if ((flags & 0x80) !== 0) header.next();
  const filters: number[] = [];
  for (let count = (flags & 3) + 1; count > 0; count--) {
    const id = header.next();
    const properties = header.next();
    const known = count === 1 ? id === FILTER_LZMA2 : id === FILTER_X86 || id === FILTER_ARM64;
    // No tool sets a start offset, the only property of the branch filters.
    if (!known || properties !== (count === 1 ? 1 : 0)) {
      throw corrupt("xz", `uses the unknown filter ${id}`);
    }
    header.skip(properties);
    if (count > 1) filters.unshift(id);
  }
  const chunks = measureChunks(file, start + headerSize);
  const check = { kind, at: start + headerSize + roundedUp(chunks.end - start - headerSize) };
  return { start: start + headerSize, ...chunks, filters, check };
}

const roundedUp = (size: number) => Math.ceil(size / 4) * 4;

/** Walks the headers of the LZMA2 chunks from `start`. */
function measureChunks(file: Uint8Array, start: number): { end: number; size: number } {
  let size = 0;
  let at = start;
  for (;;) {
    const control = byteAt(file, at);
    if (control === 0) return { end: at + 1, size };
    const chunk = readChunk(file, at, control);
    size += chunk.size;
    at = chunk.data + chunk.length;
  }
}

/** A chunk's data: `length` bytes that unpack to `size`. */
function readChunk(file: Uint8Array, at: number, control: number) {
  if (control < 0x80) {
    if (control > 2) throw corrupt("xz", `has an unknown LZMA2 chunk (${control})`);
    if (at + 3 > file.length) throw corrupt("xz", "is cut");
    const size = ((u8(file, at + 1) << 8) | u8(file, at + 2)) + 1;
    return { data: at + 3, length: size, size };
  }
  const data = at + (control < 0xc0 ? 5 : 6);
  if (data > file.length) throw corrupt("xz", "is cut");
  const size = (((control & 0x1f) << 16) | (u8(file, at + 1) << 8) | u8(file, at + 2)) + 1;
  const length = ((u8(file, at + 3) << 8) | u8(file, at + 4)) + 1;
  return { data, length, size };
}

function decodeChunks(file: Uint8Array, block: Block, decoder: LzmaDecoder): void {
  let needsDictionary = true;
  let needsProperties = true;
  for (let at = block.start; ; ) {
    const control = u8(file, at);
    if (control === 0) return;
    const { data, length, size } = readChunk(file, at, control);
    if (control === 1 || control >= 0xe0) {
      decoder.resetDictionary();
      needsDictionary = false;
      needsProperties = true;
    }
    if (needsDictionary) throw corrupt("xz", "does not begin with a dictionary reset");
    if (control < 0x80) {
      decoder.copy(data, length);
    } else {
      if (control >= 0xc0) {
        decoder.setProperties(u8(file, data - 1));
        needsProperties = false;
      } else if (needsProperties) {
        throw corrupt("xz", "does not say its LZMA properties");
      } else if (control >= 0xa0) {
        decoder.resetState();
      }
      decoder.startRange(data);
      if (decoder.decode(decoder.written + size) || decoder.consumed !== data + length) {
        throw corrupt("xz", "has an LZMA2 chunk of another size than it says");
      }
    }
    at = data + length;
  }
}

function readIndex(
  file: Uint8Array,
  start: number,
  flags: number,
  sizes: readonly (readonly [number, number])[],
): number {
  const numbers = new Numbers(file, start + 1, file.length);
  const expected = [sizes.length, ...sizes.flat()];
  if (expected.some((size) => numbers.next() !== size)) {
    throw corrupt("xz", "has an index that does not fit its blocks");
  }
  const end = start + roundedUp(numbers.at - start);
  const footer = end + 4;
  const stop = footer + 12;
  if (stop > file.length) throw corrupt("xz", "is cut");
  if (
    u32(file, end) !== crc32(file.subarray(start, end)) ||
    u32(file, footer) !== crc32(file.subarray(footer + 4, footer + 10)) ||
    (u32(file, footer + 4) + 1) * 4 !== footer - start ||
    u16(file, footer + 8) !== flags ||
    !startsWith(file, "YZ", footer + 10)
  ) {
    throw corrupt("xz", "has a damaged end");
  }
  return stop;
}

/** Numbers of 7 bits a byte (xz file format, section 1.2), up to 2^49. */
export class Numbers {
  readonly #file: Uint8Array;
  readonly #end: number;
  at: number;

  constructor(file: Uint8Array, start: number, end: number) {
    this.#file = file;
    this.at = start;
    this.#end = end;
  }

  next(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 49; scale *= 128) {
      if (this.at >= this.#end) throw corrupt("xz", "is cut");
      const byte = u8(this.#file, this.at++);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw corrupt("xz", "has a size beyond all bounds");
  }

  skip(count: number): void {
    this.at += count;
  }
}
