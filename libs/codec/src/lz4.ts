import { startsWith, u8, u32 } from "./bytes.ts";
import { CodecError, corrupt } from "./error.ts";
import { Output, unblock } from "./lz4-block.ts";

/** Of the legacy frame, which `lz4 -l` writes and kernels use. */
export const LZ4_LEGACY_MAGIC = "\x02\x21\x4c\x18";
export const LZ4_MAGIC = "\x04\x22\x4d\x18";

/** Every block of a legacy frame but the last unpacks to as much. */
const LEGACY_BLOCK = 8 * 2 ** 20;

/**
 * Decompresses LZ4 frames, legacy ones and others (LZ4 frame format, version 1.6.4), to at most `limit`
 * bytes. Checksums are verified.
 *
 * `size` is how many bytes to make room for. Errors: CodecError.
 */
export function unlz4(file: Uint8Array, limit: number, size = 0): Uint8Array<ArrayBuffer> {
  const output = new Output(limit, size);
  let at = 0;
  do {
    if (startsWith(file, LZ4_LEGACY_MAGIC, at)) at = legacyFrame(file, at + 4, output);
    else if (startsWith(file, LZ4_MAGIC, at)) at = frame(file, at + 4, output);
    else if (isSkippable(file, at)) at = skipped(file, at + 4);
    else throw corrupt("lz4", `has no frame at byte ${at}`);
  } while (at < file.length);
  return output.bytes();
}

/**
 * What the first block of LZ4 data unpacks to, as far as it is there and not damaged: 8 MiB at most.
 */
export function unlz4Head(head: Uint8Array): Uint8Array {
  const output = new Output(LEGACY_BLOCK, 0);
  try {
    const isLegacy = startsWith(head, LZ4_LEGACY_MAGIC);
    const { end: at, most } = isLegacy ? { end: 4, most: LEGACY_BLOCK } : descriptor(head, 4);
    const start = checked(head, at, 4);
    const field = u32(head, at);
    const end = Math.min(head.length, start + (field & 0x7fffffff));
    if (!isLegacy && field >= 0x80000000) output.append(head.subarray(start, end), most);
    else unblock(head, start, end, output, 0, most);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
  }
  return output.bytes();
}

const isSkippable = (file: Uint8Array, at: number) =>
  startsWith(file, "\x2a\x4d\x18", at + 1) && (u8(file, at) & 0xf0) === 0x50;

function skipped(file: Uint8Array, at: number): number {
  const start = checked(file, at, 4);
  return checked(file, start, u32(file, at));
}

const isMagic = (file: Uint8Array, at: number) =>
  startsWith(file, LZ4_LEGACY_MAGIC, at) ||
  startsWith(file, LZ4_MAGIC, at) ||
  isSkippable(file, at);

/** A legacy frame has no end of its own: another magic number or the end of the file ends it. */
function legacyFrame(file: Uint8Array, start: number, output: Output): number {
  let at = start;
  while (at < file.length && !isMagic(file, at)) {
    checked(file, at, 4);
    const end = checked(file, at + 4, u32(file, at));
    unblock(file, at + 4, end, output, output.length, LEGACY_BLOCK);
    at = end;
  }
  return at;
}

function frame(file: Uint8Array, start: number, output: Output): number {
  const { isLinked, blocksAreSummed, size, contentIsSummed, most, end } = descriptor(file, start);
  const from = output.length;
  let at = end;
  for (;;) {
    const data = checked(file, at, 4);
    const field = u32(file, at);
    if (field === 0) break;
    const end = checked(file, data, field & 0x7fffffff);
    const window = isLinked ? from : output.length;
    if (field >= 0x80000000) output.append(file.subarray(data, end), most);
    else unblock(file, data, end, output, window, most);
    at = blocksAreSummed ? demandSum(file, end, file.subarray(data, end)) : end;
  }
  if (size !== undefined && size !== (output.length - from) % 2 ** 32) {
    throw corrupt("lz4", "unpacks to another size than it says");
  }
  return contentIsSummed ? demandSum(file, at + 4, output.bytes().subarray(from)) : at + 4;
}

/** The header behind the magic number of a frame. */
function descriptor(file: Uint8Array, start: number) {
  checked(file, start, 3);
  const flags = u8(file, start);
  const hasSize = (flags & 8) !== 0;
  const most = BLOCK_SIZES[(u8(file, start + 1) >> 4) & 7];
  if (flags >> 6 !== 1 || most === undefined) throw corrupt("lz4", "has an unknown header");
  if ((flags & 1) !== 0) throw corrupt("lz4", "needs a dictionary");
  const sumAt = checked(file, start, 2 + (hasSize ? 8 : 0));
  const end = checked(file, sumAt, 1);
  if (u8(file, sumAt) !== ((sum(file.subarray(start, sumAt)) >> 8) & 0xff)) {
    throw corrupt("lz4", "has a damaged header");
  }
  return {
    isLinked: (flags & 0x20) === 0,
    blocksAreSummed: (flags & 0x10) !== 0,
    /** Of what the frame unpacks to, modulo 2^32. */
    size: hasSize ? u32(file, start + 2) : undefined,
    contentIsSummed: (flags & 4) !== 0,
    /** Bytes that a block may unpack to. */
    most,
    end,
  };
}

/** By the field of a frame's header; others are reserved. */
const BLOCK_SIZES: Readonly<Record<number, number>> = {
  4: 64 * 2 ** 10,
  5: 256 * 2 ** 10,
  6: 2 ** 20,
  7: 4 * 2 ** 20,
};

const sum = (bytes: Uint8Array): number => Bun.hash.xxHash32(bytes, 0);

/** Where a checksum at `at` ends. */
function demandSum(file: Uint8Array, at: number, of: Uint8Array): number {
  const end = checked(file, at, 4);
  if (u32(file, at) !== sum(of)) throw corrupt("lz4", "does not match its checksum");
  return end;
}

/** Where `length` bytes at `at` end. */
function checked(file: Uint8Array, at: number, length: number): number {
  if (at + length > file.length) throw corrupt("lz4", "is cut");
  return at + length;
}
