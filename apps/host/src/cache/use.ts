import {
  closeSync,
  constants,
  fstatSync,
  futimesSync,
  openSync,
  statSync,
  utimesSync,
} from "node:fs";
import { errorCode } from "../failure.ts";
import { tryLock } from "../system/libc.ts";

const RETRY_MS = 1;

/**
 * Keeps a file or directory of the cache from being removed, for as long as the result is open: whoever
 * removes one holds it exclusively (flock(2)) while it does. Remembers the moment as its last use. Undefined
 * when there is nothing of that name.
 */
export function openUsed(path: string): number | undefined {
  for (;;) {
    const fd = openIfThere(path);
    if (fd === undefined) return undefined;
    // Whoever holds it exclusively is about to remove it, or looks whether it is in use.
    while (!lockShared(fd)) Bun.sleepSync(RETRY_MS);
    // It may have been removed, or replaced, between being opened and being locked.
    if (isStillNamed(fd, path)) {
      touch(fd);
      return fd;
    }
    closeSync(fd);
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

/** A file system without locks keeps nothing from being removed, and nobody can remove with care there. */
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

/** Remembers the last use of a path or of an open file, for pruning; not worth a failure. */
export function touch(file: string | number): void {
  try {
    const now = new Date();
    if (typeof file === "number") futimesSync(file, now, now);
    else utimesSync(file, now, now);
  } catch {}
}
