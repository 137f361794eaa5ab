import { type CpioEntry, checkEntry } from "./cpio-entry.ts";
import { CpioError, quoted } from "./cpio-error.ts";

/**
 * The entries in the order of the archive: as given, except that each directory stands before what
 * is in it. Directories that nobody named are made with mode 0755. Throws CpioError.
 */
export function ordered(entries: readonly CpioEntry[]): CpioEntry[] {
  const named = new Map<string, CpioEntry>();
  for (const entry of entries) {
    checkEntry(entry);
    if (named.has(entry.path)) {
      throw new CpioError("duplicate", `archive entry ${quoted(entry.path)} is there twice`);
    }
    named.set(entry.path, entry);
  }
  const result = new Map<string, CpioEntry>();
  for (const entry of entries) {
    for (const parent of parents(entry.path)) {
      const known = named.get(parent) ?? { type: "directory", path: parent, mode: 0o755 };
      if (known.type !== "directory") throw notBelow(entry, known);
      result.set(parent, known);
    }
    result.set(entry.path, entry);
  }
  return [...result.values()];
}

/** "a/b/c" -> "a", "a/b". */
function parents(path: string): string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
}

function notBelow(entry: CpioEntry, parent: CpioEntry): CpioError {
  // The kernel would follow the symlink, or drop the entry where it points to nothing yet.
  const way =
    parent.type === "symlink"
      ? `a symlink: put it below ${quoted(parent.target)}`
      : `a ${parent.type}: only directories hold entries`;
  return new CpioError(
    "parent",
    `archive entry ${quoted(entry.path)} lies below ${quoted(parent.path)}, which is ${way}`,
  );
}
