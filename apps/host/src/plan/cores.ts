import { randomBytes } from "node:crypto";
import { basename } from "node:path";

/** What every core file of one run begins with. */
export const corePrefix = (): string => `core-${randomBytes(4).toString("hex")}-`;

/**
 * The kernel's file name for core dumps (core(5)): without a slash, so it lies in the directory that
 * the crashed process worked in.
 */
export const corePattern = (prefix: string): string => `${prefix}%e.%p.%t`;

/** The kernel keeps 15 characters of a program's name (TASK_COMM_LEN), and no slash in %e. */
const NAME_LENGTH = 15;

/** Whether a core file is of the program at `path`, as far as its name tells. */
export function isCoreOf(file: string, prefix: string, path: string): boolean {
  const name = new TextEncoder().encode(basename(path)).subarray(0, NAME_LENGTH);
  return file.startsWith(`${prefix}${new TextDecoder().decode(name)}.`);
}

/** `go test` removes a test binary that it has built in its own temporary directory. */
export const isPassing = (path: string): boolean => /\/go-build\d+\/.*\.test$/.test(path);
