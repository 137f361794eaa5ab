import { crc32 } from "node:zlib";
import { unfilterArm64, unfilterX86 } from "./bcj.ts";
import { startsWith, u16, u32 } from "./bytes.ts";
import { corrupt } from "./error.ts";
import { type Reader, readChunks } from "./lzma2-stream.ts";
import { FILTER_ARM64, FILTER_LZMA2, FILTER_X86, Numbers, XZ_MAGIC } from "./xz.ts";
import { CHECK_SIZE, type Check, newCheck } from "./xz-check.ts";

/** `xz -9` asks for 64 MiB. */
const MOST_DICTIONARY = 256 * 2 ** 20;

/**
 * Decompresses xz data (format 1.1.0) that come in pieces of any size, with the dictionary and a few MiB
 * in memory. Every header, index and check is verified; a block with a branch filter is held whole.
 * `emit` gets pieces that are valid until it returns.
 */
export class XzStream {
  readonly #reader: Reader<void>;
  #held = new Uint8Array(0);
  #filled = 0;
  #mayEnd = false;

  /** @param mostHeld  bytes that a block with a branch filter may unpack to */
  constructor(emit: (bytes: Uint8Array) => void, mostHeld = Number.POSITIVE_INFINITY) {
    this.#reader = readStreams({ emit, mostHeld }, (mayEnd) => {
      this.#mayEnd = mayEnd;
    });
    this.#next(this.#reader.next());
  }

  /** @throws CodecError, and what `emit` throws */
  push(piece: Uint8Array): void {
    for (let at = 0; at < piece.length; ) {
      const missing = this.#held.length - this.#filled;
      const part = piece.subarray(at, at + missing);
      at += part.length;
      this.#held.set(part, this.#filled);
      this.#filled += part.length;
      if (part.length === missing) this.#next(this.#reader.next(this.#held));
    }
  }

  /** @throws CodecError for data that end inside a stream */
  end(): void {
    if (!this.#mayEnd || this.#filled > 0) throw corrupt("xz", "is cut");
  }

  #next(result: IteratorResult<number, void>): void {
    this.#held = new Uint8Array(result.done ? 0 : result.value);
    this.#filled = 0;
  }
}

type Target = { readonly emit: (bytes: Uint8Array) => void; readonly mostHeld: number };

function* readStreams(target: Target, mayEnd: (may: boolean) => void): Reader<never> {
  for (let first = true; ; first = false) {
    let head = yield 4;
    // Streams may be followed by padding (section 2.2).
    while (!first && startsWith(head, "\0\0\0\0")) head = yield 4;
    mayEnd(false);
    yield* readStream(Buffer.concat([head, yield 8]), target);
    mayEnd(true);
  }
}

function* readStream(header: Uint8Array, target: Target): Reader<void> {
  if (!startsWith(header, XZ_MAGIC)) throw corrupt("xz", "has no stream where one begins");
  const flags = u16(header, 6);
  const kind = flags >> 8;
  if ((flags & 0xff) !== 0 || kind > 15) throw corrupt("xz", "has unknown stream flags");
  if (u32(header, 8) !== crc32(header.subarray(6, 8))) {
    throw corrupt("xz", "has a damaged stream header");
  }
  const sizes: number[] = [];
  for (;;) {
    const first = yield 1;
    if (first[0] === 0) break;
    sizes.push(...(yield* readBlock(first, kind, target)));
  }
  yield* readIndex(flags, sizes);
}

/** @returns the sizes of a block as the index has them: packed without padding, and unpacked */
function* readBlock(
  first: Uint8Array,
  kind: number,
  { emit, mostHeld }: Target,
): Reader<[number, number]> {
  const rest = yield (first[0] as number) * 4 + 3;
  const header = Buffer.concat([first, rest]);
  const { dictionary, filters } = readBlockHeader(header);
  const check = newCheck(kind);
  const whole: Uint8Array[] = [];
  let held = 0;
  const take = (bytes: Uint8Array) => {
    if (filters.length > 0) {
      held += bytes.length;
      if (held > mostHeld) throw corrupt("xz", `has a block of more than ${mostHeld} bytes`);
      whole.push(Uint8Array.from(bytes));
      return;
    }
    check.update(bytes);
    emit(bytes);
  };
  const { packed, size } = yield* readChunks(dictionary, take);
  if (filters.length > 0) finishFiltered(Buffer.concat(whole), filters, check, emit);
  yield* readPadding(packed);
  if (!check.holds(yield* readMaybe(CHECK_SIZE[kind] ?? 0))) {
    throw corrupt("xz", "does not match its checksum");
  }
  return [header.length + packed + (CHECK_SIZE[kind] ?? 0), size];
}

function readBlockHeader(header: Uint8Array): { dictionary: number; filters: number[] } {
  const end = header.length - 4;
  if (u32(header, end) !== crc32(header.subarray(0, end))) {
    throw corrupt("xz", "has a damaged block header");
  }
  const flags = header[1] as number;
  if ((flags & 0x3c) !== 0) throw corrupt("xz", "has unknown block flags");
  const numbers = new Numbers(header, 2, end);
  if ((flags & 0x40) !== 0) numbers.next();
  if ((flags & 0x80) !== 0) numbers.next();
  const filters: number[] = [];
  for (let count = (flags & 3) + 1; count > 1; count--) {
    const id = numbers.next();
    if ((id !== FILTER_X86 && id !== FILTER_ARM64) || numbers.next() !== 0) {
      throw corrupt("xz", `uses the unknown filter ${id}`);
    }
    filters.unshift(id);
  }
  const id = numbers.next();
  if (id !== FILTER_LZMA2 || numbers.next() !== 1) {
    throw corrupt("xz", `uses the unknown filter ${id}`);
  }
  const bits = header[numbers.at] as number;
  const dictionary = (2 | (bits & 1)) * 2 ** ((bits >> 1) + 11);
  if (bits > 40 || dictionary > MOST_DICTIONARY) {
    throw corrupt("xz", `wants a dictionary of ${dictionary} bytes, more than ${MOST_DICTIONARY}`);
  }
  return { dictionary, filters };
}

function finishFiltered(
  data: Uint8Array,
  filters: readonly number[],
  check: Check,
  emit: (bytes: Uint8Array) => void,
): void {
  for (const filter of filters) {
    if (filter === FILTER_X86) unfilterX86(data);
    else unfilterArm64(data);
  }
  check.update(data);
  emit(data);
}

function* readPadding(length: number): Reader<void> {
  yield* readMaybe((4 - (length % 4)) % 4);
}

function* readMaybe(length: number): Reader<Uint8Array> {
  return length === 0 ? new Uint8Array(0) : yield length;
}

/** The index behind the blocks (section 4), whose first byte was read, and the footer. */
function* readIndex(flags: number, sizes: readonly number[]): Reader<void> {
  const bytes = [0];
  const number = function* (): Reader<number> {
    const start = bytes.length;
    do bytes.push((yield 1)[0] as number);
    while ((bytes.at(-1) as number) >= 0x80 && bytes.length < start + 9);
    return new Numbers(Uint8Array.from(bytes), start, bytes.length).next();
  };
  for (const expected of [sizes.length / 2, ...sizes]) {
    if ((yield* number()) !== expected) {
      throw corrupt("xz", "has an index that does not fit its blocks");
    }
  }
  while (bytes.length % 4 !== 0) bytes.push((yield 1)[0] as number);
  const end = yield 16;
  if (
    u32(end, 0) !== crc32(Uint8Array.from(bytes)) ||
    u32(end, 4) !== crc32(end.subarray(8, 14)) ||
    (u32(end, 8) + 1) * 4 !== bytes.length + 4 ||
    u16(end, 12) !== flags ||
    !startsWith(end, "YZ", 14)
  ) {
    throw corrupt("xz", "has a damaged end");
  }
}
