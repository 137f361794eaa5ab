import { randomUUID } from "node:crypto";
import { closeSync, constants, openSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/** What is kept in memory. */
const MOST_IN_MEMORY = 256 << 10;
const PIECE = 64 << 10;
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;

/** Output that is shown later: in memory as long as it is little, else in a file without a name. */
export class Spool {
  readonly #directory: string;
  #held: Uint8Array[] = [];
  #bytes = 0;
  #fd: number | undefined;

  /** @param directory where a file may be made */
  constructor(directory: string) {
    this.#directory = directory;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Errors: of the file system. */
  write(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    if (this.#fd !== undefined) {
      writeWhole(this.#fd, bytes);
      return;
    }
    this.#held.push(bytes.slice());
    if (this.#bytes <= MOST_IN_MEMORY) return;
    this.#fd = nameless(this.#directory);
    for (const piece of this.#held.splice(0)) writeWhole(this.#fd, piece);
  }

  /** Everything in order; then it is empty. */
  *pieces(): Generator<Uint8Array> {
    yield* this.#held.splice(0);
    if (this.#fd === undefined) return;
    for (let at = 0; ; ) {
      const piece = new Uint8Array(PIECE);
      const count = readSync(this.#fd, piece, 0, PIECE, at);
      if (count === 0) break;
      at += count;
      yield piece.subarray(0, count);
    }
    closeSync(this.#fd);
    this.#fd = undefined;
  }
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

/** A file that is gone when it is closed, however vimto ends. */
function nameless(directory: string): number {
  try {
    return openSync(directory, O_TMPFILE | constants.O_RDWR, 0o600);
  } catch {
    const path = join(directory, `vimto-${randomUUID()}`);
    const fd = openSync(path, "wx+", 0o600);
    rmSync(path);
    return fd;
  }
}
