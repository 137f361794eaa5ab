import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { KernelError, quote, systemCode } from "../error.ts";

export const isFile = (path: string): boolean => kind(path)?.isFile() === true;
const isDirectory = (path: string): boolean => kind(path)?.isDirectory() === true;

function kind(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // In a directory that may not be searched, or a circle of symlinks: counts as missing.
    return undefined;
  }
}

/** Sorted names in a directory; empty when it does not exist. Errors: KernelError "unreadable". */
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

/** What is in a directory, by paths from there. */
export type Files = {
  /** The path on the host of the first of the paths that is a file. */
  first(paths: readonly string[]): string | undefined;
  /** The path on the host of a directory; undefined when it is no directory. */
  directory(path: string): string | undefined;
  /** Sorted names in a directory; empty when it does not exist. Errors: KernelError "unreadable". */
  names(path: string): string[];
};

/** @param resolve where a path leads on the host; without it, as the kernel follows links */
export function filesIn(
  directory: string,
  resolve: (path: string) => string | undefined = (path) => join(directory, path),
): Files {
  const only = (path: string, is: (path: string) => boolean) => {
    const found = resolve(path);
    return found !== undefined && is(found) ? found : undefined;
  };
  return {
    first: (paths) => {
      for (const path of paths) {
        const found = only(path, isFile);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    directory: (path) => only(path, isDirectory),
    names: (path) => {
      const found = resolve(path);
      return found === undefined ? [] : names(found);
    },
  };
}

const PACKED = ["", ".gz", ".xz", ".zst", ".lz4"] as const;

/** Each name, and what packing gives it for one. */
export const maybePacked = (...names: readonly string[]): string[] =>
  names.flatMap((name) => PACKED.map((suffix) => name + suffix));

/** lib/modules and usr/lib/modules, once when one is a symlink to the other. */
export function modulesRoots(files: Files): string[] {
  const found: { path: string; identity: string }[] = [];
  for (const path of ["lib/modules", "usr/lib/modules"]) {
    const host = files.directory(path);
    const stat = host === undefined ? undefined : kind(host);
    if (stat === undefined) continue;
    const identity = `${stat.dev}:${stat.ino}`;
    if (!found.some((other) => other.identity === identity)) found.push({ path, identity });
  }
  return found.map(({ path }) => path);
}
