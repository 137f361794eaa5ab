import { startsWith } from "./bytes.ts";
import { corrupt } from "./error.ts";
import { GZIP_MAGIC, gunzip } from "./gzip.ts";
import { LZ4_LEGACY_MAGIC, LZ4_MAGIC, unlz4 } from "./lz4.ts";
import { unlzma } from "./lzma-alone.ts";
import { unxz, XZ_MAGIC } from "./xz.ts";
import { unzstd, ZSTD_MAGIC } from "./zstd.ts";

/** The formats that Linux and its modules are compressed with. */
export type Compression = "gzip" | "xz" | "zstd" | "lz4" | "lzma" | "bzip2" | "lzo";

const magics: readonly (readonly [Compression, string])[] = [
  ["gzip", GZIP_MAGIC],
  ["xz", XZ_MAGIC],
  ["zstd", ZSTD_MAGIC],
  ["lz4", LZ4_LEGACY_MAGIC],
  ["lz4", LZ4_MAGIC],
  ["bzip2", "BZh"],
  // lc 3, lp 0, pb 2 and a dictionary of a power of two: what lzma(1) writes at every level.
  ["lzma", "\x5d\0\0"],
  ["lzo", "\x89LZO\0\r\n\x1a\n"],
];

/** What the bytes are compressed with, by their first ones; undefined for unknown formats. */
export function compressionOf(bytes: Uint8Array): Compression | undefined {
  return magics.find(([, magic]) => startsWith(bytes, magic))?.[0];
}

/**
 * Decompresses to exactly `size` bytes, which the caller has compared with a bound of its own.
 *
 * Errors: CodecError, with a message that completes "MODULE cannot be read: ...".
 */
export function decompressTo(
  compression: Compression,
  bytes: Uint8Array,
  size: number,
): Uint8Array<ArrayBuffer> {
  const output = decompressExact(compression, bytes, size);
  if (output.length !== size) {
    throw corrupt(compression, `unpacks to ${output.length} bytes instead of ${size}`);
  }
  return output;
}

function decompressExact(compression: Compression, bytes: Uint8Array, size: number) {
  switch (compression) {
    case "lz4":
      return unlz4(bytes, size, size);
    case "lzma":
      return unlzma(bytes, size);
    default:
      return decompress(compression, bytes, size);
  }
}

/** Decompresses to at most `limit` bytes; lzma, which need not tell where it ends, is refused. */
export function decompress(
  compression: Compression,
  bytes: Uint8Array,
  limit: number,
): Uint8Array<ArrayBuffer> {
  switch (compression) {
    case "gzip":
      return gunzip(bytes, limit);
    case "xz":
      return unxz(bytes, limit);
    case "zstd":
      return unzstd(bytes, limit);
    case "lz4":
      return unlz4(bytes, limit);
    default:
      throw corrupt(compression, "is of a kind that vimto does not unpack");
  }
}
