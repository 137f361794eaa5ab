import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { dirname, join, onDisk, resolve } from "@vimto/linux";

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

/** How many files git keeps in a working tree: a field of its index (gitformat-index(5)); 0 without an index. */
export function trackedFiles(root: string): number {
  try {
    const entry = join(root, ".git");
    const directory = statSync(onDisk(entry)).isDirectory()
      ? entry
      : resolve(root, readFileSync(onDisk(entry), "utf8").slice("gitdir: ".length).trim());
    const file = openSync(onDisk(join(directory, "index")), "r");
    try {
      const header = Buffer.alloc(12);
      const whole =
        readSync(file, header, 0, 12, 0) === 12 && header.toString("latin1", 0, 4) === "DIRC";
      return whole ? header.readUInt32BE(8) : 0;
    } finally {
      closeSync(file);
    }
  } catch {
    return 0;
  }
}
