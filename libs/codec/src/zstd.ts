import { zstdDecompressSync } from "node:zlib";
import { startsWith, u8, u16 } from "./bytes.ts";
import { corrupt } from "./error.ts";

export const ZSTD_MAGIC = "\x28\xb5\x2f\xfd";

/**
 * Decompresses zstd data of at most `limit` bytes.
 *
 * Bun 1.4 gives the part that it could decompress of a cut file, and no error: so the frames are
 * walked first (RFC 8878, section 3.1). Errors: CodecError.
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

function frameEnd(file: Uint8Array, start: number): number {
  const cut = () => corrupt("zstd", "is cut");
  if (start + 5 > file.length) throw cut();
  if (!startsWith(file, ZSTD_MAGIC, start)) throw corrupt("zstd", `has no frame at byte ${start}`);
  const descriptor = u8(file, start + 4);
  const single = (descriptor & 0x20) !== 0;
  const contentSize = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  let at = start + 5 + (single ? 0 : 1) + dictionary + contentSize;
  for (let last = false; !last; ) {
    if (at + 3 > file.length) throw cut();
    const header = u16(file, at) | (u8(file, at + 2) << 16);
    last = (header & 1) !== 0;
    // A block of one repeated byte says how often.
    at += 3 + (((header >> 1) & 3) === 1 ? 1 : header >> 3);
  }
  at += (descriptor & 4) !== 0 ? 4 : 0;
  if (at > file.length) throw cut();
  return at;
}
