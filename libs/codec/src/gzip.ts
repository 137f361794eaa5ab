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

/** How far beyond `most` `gunzipHead` unpacks at a time; one byte unpacks to 1032 at most. */
const SLACK = 2 ** 20;

/**
 * What the first bytes of gzip data unpack to, `most` bytes or little more; fewer when the rest cannot be told.
 *
 * node:zlib returns nothing when the output exceeds its limit, so this looks for a prefix that unpacks to enough.
 */
export function gunzipHead(head: Uint8Array, most: number): Uint8Array {
  let known = new Uint8Array(0);
  let tooFew = 0;
  let tooMany = head.length + 1;
  let length = Math.min(most, head.length);
  while (tooFew + 1 < tooMany) {
    const unpacked = gunzipPrefix(head.subarray(0, length), most + SLACK);
    if (unpacked === "damaged") break;
    if (unpacked === "too much") {
      tooMany = length;
    } else {
      known = unpacked;
      if (known.length >= most) break;
      tooFew = length;
    }
    length =
      tooMany > head.length
        ? Math.min(2 * length + 1, head.length)
        : Math.floor((tooFew + tooMany) / 2);
  }
  return known;
}

function gunzipPrefix(prefix: Uint8Array, limit: number) {
  try {
    return gunzipSync(prefix, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: limit });
  } catch (error) {
    return error instanceof RangeError ? "too much" : "damaged";
  }
}
