import type { Compression } from "./decompress.ts";
import { gunzipHead } from "./gzip.ts";
import { unlz4Head } from "./lz4.ts";
import { XzStream } from "./xz-stream.ts";
import { unzstdHead } from "./zstd.ts";

/** Of an xz block with a branch filter, which is unpacked whole or not at all. */
const MOST_HELD = 8 * 2 ** 20;

/**
 * What the first bytes of a packed file unpack to: `most` bytes or fewer, and empty where this part of the
 * file, or this compression, does not tell. Reports no damage: unpacking the whole file does.
 *
 * However much `head` unpacks to, some MiB of memory are used.
 */
export function decompressHead(
  compression: Compression,
  head: Uint8Array,
  most: number,
): Uint8Array {
  return unpackedHead(compression, head, most).subarray(0, most);
}

function unpackedHead(compression: Compression, head: Uint8Array, most: number): Uint8Array {
  switch (compression) {
    case "gzip":
      return gunzipHead(head, most);
    case "zstd":
      return unzstdHead(head, most);
    case "xz":
      return unxzHead(head, most);
    case "lz4":
      return unlz4Head(head);
    default:
      return new Uint8Array(0);
  }
}

function unxzHead(head: Uint8Array, most: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const enough = new Error("enough");
  try {
    new XzStream((bytes) => {
      pieces.push(Uint8Array.from(bytes));
      length += bytes.length;
      if (length >= most) throw enough;
    }, MOST_HELD).push(head);
  } catch {
    // Enough, or damaged behind these bytes.
  }
  return Buffer.concat(pieces);
}
