import { accessSync, constants } from "node:fs";
import { onDisk } from "@vimto/linux";

/** execvp(3), when PATH is not set. */
export const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Directories of programs for root, which the PATH of an ordinary user may lack (sudoers(5), secure_path). */
const ROOT_PATH = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** `path` with the directories of root's programs at its end. */
export function rootPath(path: string): string {
  const there = path.split(":");
  return [...there, ...ROOT_PATH.filter((directory) => !there.includes(directory))].join(":");
}

/**
 * A name without a slash is looked for in PATH. Directories that have it on the host come first; when no
 * directory has it, all are tried in the guest, since an image or a setup command may bring it.
 */
export function searchPath(program: string, path: string): readonly string[] {
  if (program.includes("/") || program === "") return [program];
  const all = path.split(":").map((directory) => `${directory || "."}/${program}`);
  const there = all.filter(exists);
  return there.length > 0 ? there : all;
}

function exists(path: string): boolean {
  try {
    accessSync(onDisk(path), constants.F_OK);
    return true;
  } catch {
    return false;
  }
}
