import { constants, fstatSync, futimesSync, openSync, statSync, utimesSync } from "node:fs";
import { errorCode } from "../failure.ts";
import { closeLocked, tryLock } from "../system/libc.ts";

const RETRY_MS = 1;

/**
 * Protects a file or directory of the cache from removal while the result is open: removal takes an exclusive
 * lock (flock(2)). Records the time of use. Undefined when the name does not exist.
 */
export function openUsed(path: string): number | undefined {
  for (;;) {
    const fd = openIfThere(path);
    if (fd === undefined) return undefined;
    // The holder of the exclusive lock is about to remove it, or checks whether it is in use.
    while (!lockShared(fd)) Bun.sleepSync(RETRY_MS);
    // It may have been removed, or replaced, between being opened and being locked.
    if (isStillNamed(fd, path)) {
      touch(fd);
      return fd;
    }
    closeLocked(fd);
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** A file system without locks protects nothing; pruning removes nothing there either. */
function lockShared(fd: number): boolean {
  try {
    return tryLock(fd, "shared");
  } catch {
    return true;
  }
}

/** Whether the path still leads to the open file. */
export function isStillNamed(fd: number, path: string): boolean {
  const named = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (named === undefined) return false;
  const { dev, ino } = fstatSync(fd, { bigint: true });
  return named.dev === dev && named.ino === ino;
}

/** Records the last use of a path or of an open file, for pruning. Ignores errors. */
export function touch(file: string | number): void {
  try {
    const now = new Date();
    if (typeof file === "number") futimesSync(file, now, now);
    else utimesSync(file, now, now);
  } catch {}
}
