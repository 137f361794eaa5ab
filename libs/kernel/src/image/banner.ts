import { find, text } from "../bytes.ts";

/** What a kernel says of itself in /proc/version. */
export interface Banner {
  /** "6.1.0-56-amd64", as `uname -r` prints it; never with a slash, for directories are named after it. */
  readonly release: string;
  /** The whole line: "Linux version 6.1.0-56-amd64 (...) (gcc ...) #1 SMP ...". */
  readonly line: string;
}

const PREFIX = "Linux version ";
const LONGEST = 512;

/**
 * Finds linux_banner (init/version.c) in an uncompressed kernel: the longest such line, since shorter ones may
 * be templates that the build has not filled in.
 */
export function findBanner(kernel: Uint8Array): Banner | undefined {
  let found: Banner | undefined;
  for (let at = find(kernel, PREFIX); at !== -1; at = find(kernel, PREFIX, at + 1)) {
    const length = Math.min(LONGEST, kernel.length - at);
    const match = /^Linux version (\d+\.\d+[^\s\0/]*) [^\n\0]*/.exec(text(kernel, at, length));
    if (match?.[1] === undefined) continue;
    if (match[0].length > (found?.line.length ?? 0)) found = { release: match[1], line: match[0] };
  }
  return found;
}
