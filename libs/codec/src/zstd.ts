import { zstdDecompressSync } from "node:zlib";
import { startsWith, u8, u16 } from "./bytes.ts";
import { corrupt } from "./error.ts";

export const ZSTD_MAGIC = "\x28\xb5\x2f\xfd";

/**
 * Decompresses zstd data of at most `limit` bytes.
 *
 * For a cut file, Bun 1.4 returns the part that it could decompress, and no error: so this walks the frames
 * first (RFC 8878, section 3.1). Errors: CodecError.
 */
export function unzstd(file: Uint8Array, limit: number): Uint8Array<ArrayBuffer> {
  for (let at = 0; at < file.length; ) at = frameEnd(file, at);
  try {
    return zstdDecompressSync(file, { maxOutputLength: limit });
  } catch (error) {
    if (error instanceof RangeError) throw corrupt("zstd", `unpacks to more than ${limit} bytes`);
    throw corrupt("zstd", "is damaged");
  }
}

/** A block unpacks to this at most (RFC 8878, section 3.1.1.2.4). */
const MOST_BLOCK = 128 * 2 ** 10;
/** Compressed blocks do not tell their size, and may be small. */
const SLACK = 8 * MOST_BLOCK;

/**
 * What the first blocks of zstd data unpack to: about `most` bytes, fewer when blocks are missing, empty when
 * they are damaged.
 */
export function unzstdHead(head: Uint8Array, most: number): Uint8Array {
  try {
    return zstdDecompressSync(head.subarray(0, blocksEnd(head, most + SLACK)));
  } catch {
    return new Uint8Array(0);
  }
}

/** The end of those blocks of the first frame that are complete and unpack to `most` bytes or little more. */
function blocksEnd(head: Uint8Array, most: number): number {
  let { at } = frameHeader(head, 0);
  for (let unpacked = 0; unpacked < most && at + 3 <= head.length; ) {
    const block = blockAt(head, at);
    unpacked += block.most;
    at = block.end;
    if (block.last) break;
  }
  return at;
}

const cut = () => corrupt("zstd", "is cut");

function frameEnd(file: Uint8Array, start: number): number {
  let { at, checksum } = frameHeader(file, start);
  for (let last = false; !last; ) {
    if (at + 3 > file.length) throw cut();
    ({ end: at, last } = blockAt(file, at));
  }
  at += checksum;
  if (at > file.length) throw cut();
  return at;
}

/** Where the first block of a frame begins, and how many bytes stand behind the last one. */
function frameHeader(file: Uint8Array, start: number): { at: number; checksum: number } {
  if (start + 5 > file.length) throw cut();
  if (!startsWith(file, ZSTD_MAGIC, start)) throw corrupt("zstd", `has no frame at byte ${start}`);
  const descriptor = u8(file, start + 4);
  const single = (descriptor & 0x20) !== 0;
  const contentSize = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const at = start + 5 + (single ? 0 : 1) + dictionary + contentSize;
  return { at, checksum: (descriptor & 4) !== 0 ? 4 : 0 };
}

/** The block at `at`, whose header is there. */
function blockAt(file: Uint8Array, at: number): { end: number; most: number; last: boolean } {
  const header = u16(file, at) | (u8(file, at + 2) << 16);
  const kind = (header >> 1) & 3;
  const size = header >> 3;
  // A block of one repeated byte says how often.
  const end = at + 3 + (kind === 1 ? 1 : size);
  return { end, most: kind === 2 ? MOST_BLOCK : size, last: (header & 1) !== 0 };
}
