import { randomBytes } from "node:crypto";
import { closeSync, constants, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { EEXIST } from "@vimto/linux";
import { errorCode } from "../failure.ts";
import { nameFile, SystemError } from "../system/libc.ts";

const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;
/** Errors of file systems without nameless files (open(2), O_TMPFILE), such as NFS. */
const unsupported = ["EOPNOTSUPP", "EISDIR", "EINVAL"];

/** An open file that gets its name when it is whole, and disappears without one. */
export type Nameless = {
  readonly fd: number;
  /** Gives it its name. If another process was first, its file stays: the content is the same. */
  finish(): void;
  /** Closes it. Call it in any case. */
  close(): void;
};

/**
 * A file without a name, so that a kill leaves no part of it behind. On a file system without nameless files,
 * its name begins with a dot.
 */
export function openNameless(path: string): Nameless {
  const directory = dirname(path);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  try {
    const fd = openSync(directory, O_TMPFILE | constants.O_RDWR, 0o600);
    return { fd, finish: () => linkOrKeep(fd, path), close: () => closeSync(fd) };
  } catch (error) {
    if (!unsupported.includes(errorCode(error) ?? "")) throw error;
  }
  const temporary = join(directory, `.${randomBytes(8).toString("hex")}`);
  const fd = openSync(temporary, "wx+", 0o600);
  return {
    fd,
    finish: () => renameSync(temporary, path),
    close: () => {
      closeSync(fd);
      rmSync(temporary, { force: true });
    },
  };
}

function linkOrKeep(fd: number, path: string): void {
  try {
    nameFile(fd, path);
  } catch (error) {
    if (!(error instanceof SystemError && error.errno === EEXIST)) throw error;
  }
}

/** Writes all of `bytes`, however many the kernel takes at once. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
}
