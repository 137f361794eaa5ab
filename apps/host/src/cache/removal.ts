import { randomBytes } from "node:crypto";
import { constants, fstatSync, openSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { errorCode } from "../failure.ts";
import { closeLocked, tryLock } from "../system/libc.ts";
import { isStillNamed } from "./use.ts";

/** Whether some process uses a file or directory of the cache (use.ts). */
export function isUsed(path: string): boolean {
  return withExclusive(path, () => false) ?? true;
}

/**
 * Removes a file or directory, and `others` that belong to it, unless a process uses it or has used it
 * since `seenMs` (a time of last use). Resolves to whether it is gone. Throws the error of a cache that
 * cannot be written.
 */
export function removeUnused(
  path: string,
  seenMs: number,
  others: readonly string[] = [],
): boolean {
  const removed = withExclusive(path, (fd) => {
    if (fstatSync(fd).mtimeMs > seenMs) return false;
    for (const one of [path, ...others]) removeWhole(one);
    return true;
  });
  return removed ?? false;
}

/** A directory goes by rename, so that no kill leaves a part of it under its name. */
export function removeWhole(path: string): void {
  const aside = join(dirname(path), `.${basename(path)}-${randomBytes(4).toString("hex")}`);
  try {
    renameSync(path, aside);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
  rmSync(aside, { recursive: true, force: true });
}

/** Undefined when a process uses the file, or its file system cannot tell; a file that does not exist is not in use. */
function withExclusive(path: string, act: (fd: number) => boolean): boolean | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
  try {
    if (!lockExclusive(fd) || !isStillNamed(fd, path)) return undefined;
    return act(fd);
  } finally {
    closeLocked(fd);
  }
}

function lockExclusive(fd: number): boolean {
  try {
    return tryLock(fd, "exclusive");
  } catch {
    return false;
  }
}
