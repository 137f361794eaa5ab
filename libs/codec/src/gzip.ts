import { constants, gunzipSync } from "node:zlib";
import { errorCode } from "@vimto/linux";
import { corrupt } from "./error.ts";

export const GZIP_MAGIC = "\x1f\x8b\x08";

/** Decompresses gzip data of at most `limit` bytes. Errors: CodecError. */
export function gunzip(file: Uint8Array, limit: number): Uint8Array<ArrayBuffer> {
  try {
    return gunzipSync(file, { maxOutputLength: limit });
  } catch (error) {
    if (error instanceof RangeError) throw corrupt("gzip", `unpacks to more than ${limit} bytes`);
    throw corrupt("gzip", errorCode(error) === "Z_BUF_ERROR" ? "is cut" : "is damaged");
  }
}

/** What the first bytes of gzip data unpack to; empty when that cannot be told. */
export function gunzipHead(head: Uint8Array): Uint8Array {
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return new Uint8Array(0);
  }
}
