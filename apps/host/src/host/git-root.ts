import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, onDisk } from "@vimto/linux";

/**
 * The top of the git working tree that encloses a directory, without running git. A `.git` is a
 * directory with a HEAD, or, in a linked worktree or a submodule, a file that names one
 * (gitrepository-layout(5)); a `.git` that is neither is passed over, as git does.
 *
 * @param directory absolute
 */
export function findGitRoot(directory: string): string | undefined {
  for (let at = directory; ; at = dirname(at)) {
    if (isGitEntry(join(at, ".git"))) return at;
    if (at === dirname(at)) return undefined;
  }
}

function isGitEntry(path: string): boolean {
  try {
    const stat = statSync(onDisk(path), { throwIfNoEntry: false });
    if (stat?.isDirectory()) return existsSync(onDisk(join(path, "HEAD")));
    return stat?.isFile() === true && readFileSync(onDisk(path), "utf8").startsWith("gitdir: ");
  } catch {
    return false;
  }
}
