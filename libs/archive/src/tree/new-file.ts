import {
  closeSync,
  constants,
  fchmodSync,
  ftruncateSync,
  futimesSync,
  openSync,
  writeSync,
} from "node:fs";
import { KEPT_MODE, seconds } from "./directory-times.ts";

/** O_EXCL: a file is never written through a link, nor over another one. */
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** One file of a tree while it is written. */
export class NewFile {
  readonly #descriptor: number;
  readonly #wanted: { readonly size: number; readonly mode: number; readonly mtime: number };
  #end = 0;

  constructor(path: Buffer, wanted: { size: number; mode: number; mtime: number }) {
    this.#descriptor = openSync(path, FLAGS, 0o600);
    this.#wanted = wanted;
  }

  write(bytes: Uint8Array, offset: number): void {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#descriptor, bytes, done, bytes.length - done, offset + done);
    }
    this.#end = offset + bytes.length;
  }

  finish(): void {
    const { size, mode, mtime } = this.#wanted;
    try {
      if (this.#end < size) ftruncateSync(this.#descriptor, size); // a hole at the end
      fchmodSync(this.#descriptor, mode & KEPT_MODE);
      futimesSync(this.#descriptor, seconds(mtime), seconds(mtime));
    } finally {
      closeSync(this.#descriptor);
    }
  }

  abandon(): void {
    closeSync(this.#descriptor);
  }
}
