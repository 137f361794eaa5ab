import { constants, openSync } from "node:fs";
import { basename, dirname, O_PATH, onDisk } from "@vimto/linux";

const opened = new Map<string, string>();

/**
 * A path that a program of ours can be given as an argument, which is text here: a directory whose path is not UTF-8
 * is named by a descriptor, which stays open as long as this process runs.
 */
export function textPath(path: string): string {
  if (path.isWellFormed()) return path;
  const known = opened.get(path);
  if (known !== undefined) return known;
  const descriptor = openSync(onDisk(path), O_PATH | constants.O_DIRECTORY);
  const name = `/proc/${process.pid}/fd/${descriptor}`;
  opened.set(path, name);
  return name;
}

/** The same for a directory or a file in one; a path that leads nowhere stays as it is. */
export function textPathOf(path: string): string {
  for (const name of [() => textPath(path), () => `${textPath(dirname(path))}/${basename(path)}`])
    try {
      return name();
    } catch {
      // No directory.
    }
  return path;
}
