import { linkSync, lutimesSync, mkdirSync, symlinkSync } from "node:fs";
import { errorCode, writeProblem } from "@vimto/linux";
import { type ByteString, shown, toPath } from "../byte-string.ts";
import { ArchiveError } from "../error.ts";
import type { TarEntry, TarSink } from "../tar/tar-archive.ts";
import { DirectoryTimes, seconds } from "./directory-times.ts";
import { NewFile } from "./new-file.ts";
import { removePath } from "./remove-tree.ts";
import { badEntry, join, TreeRoot } from "./tree-root.ts";

export type TreeLimits = {
  /** Entries in all archives together. */
  readonly entries: number;
  /** Bytes of all files together, holes of sparse files included. */
  readonly unpackedBytes: number;
};

export type TreeWriterOptions = {
  readonly limits: TreeLimits;
  /** Names what is unpacked in errors: "the image". */
  readonly what: string;
  /** Hears of each path that is made, also of directories that no entry names. */
  readonly onMade?: (path: ByteString) => void;
};

/** Errors that say something about the disk and nothing about the archive. */
const DISK_ERRORS = new Set(["ENOSPC", "EDQUOT", "EROFS", "EIO", "EMFILE", "ENFILE"]);

/**
 * Unpacks archives, one over the other, into an empty directory. All files belong to the caller;
 * setuid, setgid, device nodes and FIFOs are left out. Nothing outside of the directory is touched.
 * Errors: ArchiveError.
 */
export class TreeWriter implements TarSink {
  /** Bytes of all files so far, holes included. */
  bytes = 0;
  readonly root: TreeRoot;
  readonly #directory: string;
  readonly #options: TreeWriterOptions;
  readonly #directories: DirectoryTimes;
  #entries = 0;
  #file: NewFile | undefined;
  #current: ByteString = "";

  constructor(directory: string, options: TreeWriterOptions) {
    this.#directory = directory;
    this.#options = options;
    this.root = new TreeRoot(directory, (path) => {
      this.#directories.set(path, { mode: 0o755 });
      options.onMade?.(path);
    });
    this.#directories = new DirectoryTimes(this.root);
  }

  entry(entry: TarEntry): void {
    this.change(entry.name, () => this.#apply(entry));
  }

  data(bytes: Uint8Array, offset: number): void {
    this.#checked(() => this.#file?.write(bytes, offset));
  }

  close(): void {
    const file = this.#file;
    this.#file = undefined;
    this.#checked(() => file?.finish());
  }

  /** Gives directories their modes and times, which writing into them would have changed. */
  finish(): void {
    this.#checked(() => this.#directories.apply());
  }

  /** Call it after an error: closes what is open. */
  abandon(): void {
    this.#file?.abandon();
    this.#file = undefined;
  }

  /** Counts an entry and does what it asks for; errors of the system become sentences about it. */
  change(name: ByteString, call: () => void): void {
    const { limits, what } = this.#options;
    this.#current = name;
    if (++this.#entries > limits.entries) {
      throw new ArchiveError("limit", `${what} has more than ${limits.entries} files`);
    }
    this.#checked(call);
  }

  #apply(entry: TarEntry): void {
    const place = this.root.place(entry.name);
    if (place === undefined) {
      if (entry.kind === "directory") return;
      throw badEntry(entry.name, "would replace the root");
    }
    const path = join(place.parent, place.name);
    const existing = this.root.stat(path);
    const merged = existing?.isDirectory() === true && entry.kind === "directory";
    if (existing && !merged) {
      removePath(this.root.at(path).toString("latin1"));
      if (!existing.isFile()) this.root.forget();
    }
    this.#options.onMade?.(path);
    this.#make(entry, path, merged);
  }

  #make(entry: TarEntry, path: ByteString, merged: boolean): void {
    const { mode, mtime } = entry;
    const at = this.root.at(path);
    switch (entry.kind) {
      case "directory":
        if (!merged) mkdirSync(at, 0o755);
        this.#directories.set(path, { mode, mtime });
        return;
      case "symlink":
        if (entry.link === "") throw badEntry(entry.name, "is a symbolic link to nothing");
        symlinkSync(toPath(entry.link), at);
        lutimesSync(at, seconds(mtime), seconds(mtime));
        return;
      case "hardlink":
        linkSync(this.root.at(this.#linked(entry)), at);
        return;
      case "device":
        return;
      case "file":
        this.#count(entry.size);
        this.#file = new NewFile(at, entry);
    }
  }

  #count(size: number): void {
    const { limits, what } = this.#options;
    this.bytes += size;
    if (this.bytes <= limits.unpackedBytes) return;
    const most = limits.unpackedBytes;
    throw new ArchiveError("limit", `${what} is larger than ${most} bytes when unpacked`);
  }

  /** The file that a hard link names: in the tree, like everything else. */
  #linked(entry: TarEntry): ByteString {
    const place = this.root.find(entry.link);
    const path = place === undefined ? undefined : join(place.parent, place.name);
    const stat = path === undefined ? undefined : this.root.stat(path);
    if (path === undefined || stat === undefined) {
      throw badEntry(entry.name, `is a hard link to "${shown(entry.link)}", which is not there`);
    }
    if (stat.isDirectory()) {
      throw badEntry(entry.name, `is a hard link to "${shown(entry.link)}", which is a directory`);
    }
    return path;
  }

  #checked(call: () => void): void {
    try {
      call();
    } catch (error) {
      if (error instanceof ArchiveError) throw error;
      const code = errorCode(error) ?? (error instanceof Error ? error.message : String(error));
      if (DISK_ERRORS.has(code)) {
        throw new ArchiveError("disk", writeProblem(this.#directory, code), { cause: error });
      }
      throw badEntry(this.#current, `cannot be unpacked (${code})`);
    }
  }
}
