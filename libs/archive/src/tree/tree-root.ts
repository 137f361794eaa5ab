import { lstatSync, mkdirSync, readlinkSync, type Stats } from "node:fs";
import { type ByteString, fromText, shown, toPath } from "../byte-string.ts";
import { ArchiveError } from "../error.ts";

/** As many links as Linux follows in one path (fs/namei.c, MAXSYMLINKS). */
const MOST_LINKS = 40;

/** What to do about a missing directory; "any" takes a file at the end too. */
type Mode = "make" | "find" | "any";

/** Where an entry goes: the path from the root to its directory, free of links, and its own name. */
export type Place = { readonly parent: ByteString; readonly name: ByteString };

/**
 * The directory that archives are unpacked into, seen as if it were "/": links on the way to an entry
 * are followed inside it, absolute ones and ".." included, and no path leads out.
 *
 * It checks each directory on the way before it enters it. This is enough because nobody else writes here: the
 * directory lies in a staging directory with mode 0700 under this process's lock.
 */
export class TreeRoot {
  readonly #root: ByteString;
  readonly #onDirectory: (path: ByteString) => void;
  #knownFrom: ByteString | undefined;
  #knownTo: ByteString = "";

  /** @param onDirectory  hears of directories that had to be made for an entry below them */
  constructor(directory: string, onDirectory: (path: ByteString) => void = () => {}) {
    this.#root = fromText(directory);
    this.#onDirectory = onDirectory;
  }

  /** The path for system calls of a path from the root ("" is the root itself). */
  at(path: ByteString): Buffer {
    return toPath(path === "" ? this.#root : `${this.#root}/${path}`);
  }

  stat(path: ByteString): Stats | undefined {
    return lstatSync(this.at(path), { throwIfNoEntry: false });
  }

  /**
   * Where an entry of an archive goes, with the directories above it made if need be.
   * @returns undefined for the root itself
   * @throws ArchiveError "archive" for ".." in the name and for a file or a loop of links on the way
   */
  place(entry: ByteString): Place | undefined {
    const parts = partsOf(entry);
    const name = parts.pop();
    if (name === undefined) return undefined;
    const parent = this.#directory(parts, entry, "make");
    return { parent: parent ?? "", name };
  }

  /** The same without making anything: undefined if a directory on the way is missing. */
  find(entry: ByteString): Place | undefined {
    const parts = partsOf(entry);
    const name = parts.pop();
    const parent = name === undefined ? undefined : this.#directory(parts, entry, "find");
    return name === undefined || parent === undefined ? undefined : { parent, name };
  }

  /** The directory that an entry itself names, links followed; undefined if it is not a directory. */
  findDirectory(entry: ByteString): ByteString | undefined {
    return this.#directory(partsOf(entry), entry, "find");
  }

  /** What a path stands for when its last part is followed too; undefined if there is no such thing. */
  resolve(path: ByteString): ByteString | undefined {
    return this.#walk(partsOf(path), path, "any");
  }

  /** Call it when a directory or a link is gone: what is known of paths may be wrong now. */
  forget(): void {
    this.#knownFrom = undefined;
  }

  #directory(parts: readonly ByteString[], entry: ByteString, mode: Mode): ByteString | undefined {
    const from = parts.join("/");
    if (from === this.#knownFrom) return this.#knownTo;
    const found = this.#walk([...parts], entry, mode);
    if (found !== undefined) {
      this.#knownFrom = from;
      this.#knownTo = found;
    }
    return found;
  }

  #walk(ahead: ByteString[], entry: ByteString, mode: Mode): ByteString | undefined {
    const behind: ByteString[] = [];
    for (let links = 0; ; ) {
      const part = ahead.shift();
      if (part === undefined) return behind.join("/");
      if (isNothing(part)) continue;
      if (part === "..") {
        behind.pop();
        continue;
      }
      const path = [...behind, part].join("/");
      const stat = this.stat(path);
      if (stat?.isSymbolicLink()) {
        if (++links > MOST_LINKS) throw badEntry(entry, "goes through too many symbolic links");
        const target = readlinkSync(this.at(path), { encoding: "latin1" });
        if (target.startsWith("/")) behind.length = 0;
        ahead.unshift(...target.split("/"));
        continue;
      }
      if (stat === undefined) {
        if (mode !== "make") return undefined;
        mkdirSync(this.at(path), 0o755);
        this.#onDirectory(path);
      } else if (!stat.isDirectory()) {
        if (mode === "any" && ahead.every(isNothing)) return path;
        if (mode !== "make") return undefined;
        throw badEntry(entry, `lies below "${shown(path)}", which is not a directory`);
      }
      behind.push(part);
    }
  }
}

/** A path from the root, "" for the root. */
export function join(parent: ByteString, name: ByteString): ByteString {
  return parent === "" ? name : `${parent}/${name}`;
}

export function badEntry(entry: ByteString, problem: string): ArchiveError {
  return new ArchiveError("archive", `archive entry "${shown(entry)}" ${problem}`);
}

function isNothing(part: ByteString): boolean {
  return part === "" || part === ".";
}

/** A leading "/" is the root of the tree. No tool writes "..", so a name with one is refused. */
function partsOf(entry: ByteString): ByteString[] {
  if (entry.includes("\0")) throw badEntry(entry, "has a NUL byte in its name");
  const parts = entry.split("/").filter((part) => !isNothing(part));
  if (parts.includes("..")) throw badEntry(entry, 'has ".." in its name');
  return parts;
}
