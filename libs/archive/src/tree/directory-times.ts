import { chmodSync, utimesSync } from "node:fs";
import type { ByteString } from "../byte-string.ts";
import type { TreeRoot } from "./tree-root.ts";

/** Permissions that are kept; setuid and setgid are not, for all files belong to the caller. */
export const KEPT_MODE = 0o1777;

/** A time that every file system can hold: 1970 to 2242. */
export function seconds(mtime: number): number {
  return Math.min(Math.max(mtime, 0), 2 ** 33);
}

/** Modes and times that directories get when all archives are unpacked. */
export class DirectoryTimes {
  readonly #root: TreeRoot;
  readonly #wanted = new Map<ByteString, { mode: number; mtime?: number }>();

  constructor(root: TreeRoot) {
    this.#root = root;
  }

  set(path: ByteString, wanted: { mode: number; mtime?: number }): void {
    this.#wanted.set(path, wanted);
  }

  /** Goes from the deepest up, for a directory may take away the right to enter it. */
  apply(): void {
    const paths = [...this.#wanted.keys()].sort((a, b) => b.length - a.length);
    for (const path of paths) {
      const wanted = this.#wanted.get(path);
      if (wanted === undefined || !this.#isStillDirectory(path)) continue;
      const { mode, mtime } = wanted;
      if (mtime !== undefined) utimesSync(this.#root.at(path), seconds(mtime), seconds(mtime));
      chmodSync(this.#root.at(path), mode & KEPT_MODE);
    }
  }

  /**
   * A later entry may have put a file or a link where a directory was, and chmod follows links: each
   * part of the path is looked at, from the root on.
   */
  #isStillDirectory(path: ByteString): boolean {
    for (let end = path.indexOf("/"); end >= 0; end = path.indexOf("/", end + 1)) {
      if (this.#root.stat(path.slice(0, end))?.isDirectory() !== true) return false;
    }
    return this.#root.stat(path)?.isDirectory() === true;
  }
}
