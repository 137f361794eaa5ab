import { closeSync, fstatSync, openSync, read } from "node:fs";
import { errorCode } from "@vimto/linux";
import { OciError } from "../errors.ts";

const PIECE = 512 * 1024;

/** A stretch of a file on this machine. */
export type Stretch = { readonly path: string; readonly offset: number; readonly size: number };

/** The bytes of a stretch, in pieces that stay as they are. @throws OciError "not-found" */
export async function* readStretch(stretch: Stretch): AsyncGenerator<Uint8Array> {
  const descriptor = openRegular(stretch.path);
  try {
    for (let at = 0; at < stretch.size; ) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE, stretch.size - at));
      const length = await readAt(descriptor, piece, stretch.offset + at);
      if (length === 0) return;
      at += length;
      yield piece.subarray(0, length);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** The whole of a small stretch. @throws OciError "not-found", "limit" */
export async function readWhole(stretch: Stretch, most: number): Promise<Uint8Array> {
  if (stretch.size > most) {
    throw new OciError("limit", `"${stretch.path}" is longer than ${most} bytes`);
  }
  const parts: Uint8Array[] = [];
  for await (const part of readStretch(stretch)) parts.push(part);
  return Buffer.concat(parts);
}

/** On a thread: the caller works on the last piece meanwhile, and hears signals. */
function readAt(descriptor: number, piece: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, piece, 0, piece.length, position, (error, length) => {
      if (error) reject(error);
      else resolve(length);
    });
  });
}

/** Opens a regular file; opening a FIFO would wait for ever. */
export function openRegular(path: string): number {
  try {
    const descriptor = openSync(path, "r");
    if (fstatSync(descriptor).isFile()) return descriptor;
    closeSync(descriptor);
  } catch (error) {
    const code = errorCode(error) ?? "unknown error";
    throw new OciError("not-found", `"${path}" cannot be read (${code})`, { cause: error });
  }
  throw new OciError("not-found", `"${path}" is not a file`);
}
