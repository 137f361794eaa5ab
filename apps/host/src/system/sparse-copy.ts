import { dlopen, ptr, read } from "bun:ffi";
import { fstatSync, ftruncateSync } from "node:fs";
import { SystemError } from "./libc.ts";

const library = () =>
  dlopen("libc.so.6", {
    lseek: { args: ["i32", "i64", "i32"], returns: "i64" },
    __errno_location: { args: [], returns: "ptr" },
    sendfile: { args: ["i32", "i32", "ptr", "usize"], returns: "i64" },
  }).symbols;

let loaded: ReturnType<typeof library> | undefined;

function errno(): number {
  const place = loaded?.__errno_location() ?? null;
  return place === null ? 0 : read.i32(place, 0);
}

function checked(what: string, result: number): number {
  if (result < 0) throw new SystemError(what, errno());
  return result;
}

const SEEK_SET = 0;
/** lseek(2), SEEK_DATA: there is no more data. */
const ENXIO = 6;
/** lseek(2): the next place that is, or is not, a hole. */
const SEEK_DATA = 3;
const SEEK_HOLE = 4;

/** Makes a file as long as another, all one hole. */
export const fileLike = (to: number, from: number): void => ftruncateSync(to, fstatSync(from).size);

/**
 * Copies a file's data, without its holes, to the same places of another file of that length. Other descriptors
 * of both may be in use, if they share no offset with `to`. Throws SystemError.
 */
export function copySparse(from: number, to: number): void {
  loaded ??= library();
  const { lseek, sendfile } = loaded;
  const { size } = fstatSync(from);
  const offset = new BigInt64Array(1);
  for (let at = 0; at < size; ) {
    // A file system without holes reports one at the end of the file.
    const data = Number(lseek(from, at, SEEK_DATA));
    if (data < 0 && errno() === ENXIO) return;
    at = checked("lseek", Number(lseek(from, data, SEEK_HOLE)));
    checked("lseek", Number(lseek(to, data, SEEK_SET)));
    offset[0] = BigInt(data);
    for (let left = at - data; left > 0; ) {
      const sent = Number(sendfile(to, from, ptr(offset), left));
      left -= checked("sendfile", sent || -1);
    }
  }
}
