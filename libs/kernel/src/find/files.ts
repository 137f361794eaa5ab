import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { KernelError, quote, systemCode } from "../error.ts";

export const isFile = (path: string): boolean => kind(path)?.isFile() === true;
export const isDirectory = (path: string): boolean => kind(path)?.isDirectory() === true;

/** The first of the paths that is a file. */
export const firstFile = (paths: readonly string[]): string | undefined => paths.find(isFile);

function kind(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // In a directory that may not be searched, or a circle of symlinks: as good as not there.
    return undefined;
  }
}

/** Sorted names in a directory; none when it is not there. Errors: KernelError "unreadable". */
export function names(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw new KernelError(
      "unreadable",
      `directory ${quote(directory)} cannot be read (${code ?? error}); make it readable or name another kernel`,
      { cause: error },
    );
  }
}

/** lib/modules and usr/lib/modules, once when one is a symlink to the other. */
export function modulesRoots(directory: string): string[] {
  const found: { path: string; identity: string }[] = [];
  for (const path of [join(directory, "lib/modules"), join(directory, "usr/lib/modules")]) {
    const stat = kind(path);
    if (!stat?.isDirectory()) continue;
    const identity = `${stat.dev}:${stat.ino}`;
    if (!found.some((other) => other.identity === identity)) found.push({ path, identity });
  }
  return found.map(({ path }) => path);
}
