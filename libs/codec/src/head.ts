import { zstdDecompressSync } from "node:zlib";
import type { Compression } from "./decompress.ts";
import { gunzipHead } from "./gzip.ts";
import { XzStream } from "./xz-stream.ts";

/**
 * What the first bytes of a packed file unpack to: `most` bytes or fewer, and none where they cannot be told
 * from this part of the file, or from no part of this compression. Damage is for who unpacks all of it.
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
      return gunzipHead(head);
    case "zstd":
      return unzstdHead(head);
    case "xz":
      return unxzHead(head, most);
    default:
      return new Uint8Array(0);
  }
}

/** Bun gives what the whole blocks of a cut file unpack to. */
function unzstdHead(head: Uint8Array): Uint8Array {
  try {
    return zstdDecompressSync(head);
  } catch {
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
    }).push(head);
  } catch {
    // Enough, or damaged behind what there is.
  }
  return Buffer.concat(pieces);
}
