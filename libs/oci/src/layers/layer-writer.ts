import { linkSync, lutimesSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { errorCode, OciError, storeError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { type ByteString, shown, toPath } from "./byte-string.ts";
import { DirectoryTimes, seconds } from "./directory-times.ts";
import { badEntry, ImageRoot, join } from "./image-root.ts";
import { NewFile } from "./new-file.ts";
import { remove } from "./remove-tree.ts";
import type { TarEntry, TarSink } from "./tar-archive.ts";
import { readWhiteout, type Whiteout } from "./whiteout.ts";

/** Errors that say something about the disk and nothing about the image. */
const DISK_ERRORS = new Set(["ENOSPC", "EDQUOT", "EROFS", "EIO", "EMFILE", "ENFILE"]);

/**
 * Applies the layers of one image, in order, to an empty directory (image specification, layer.md,
 * "Applying Changesets"). All files belong to the caller; setuid, setgid, device nodes and FIFOs are
 * left out.
 */
export class LayerWriter implements TarSink {
  /** Bytes of all files so far, holes included. */
  bytes = 0;
  readonly #directory: string;
  readonly #root: ImageRoot;
  readonly #limits: Limits;
  readonly #directories: DirectoryTimes;
  #entries = 0;
  /** What this layer has made, and all that is above it; not kept for the first layer. */
  #made: Set<ByteString> | undefined;
  #file: NewFile | undefined;
  #current: ByteString = "";

  constructor(directory: string, limits: Limits) {
    this.#directory = directory;
    this.#limits = limits;
    this.#root = new ImageRoot(directory, (path) => {
      this.#directories.set(path, { mode: 0o755 });
      this.#remember(path);
    });
    this.#directories = new DirectoryTimes(this.#root);
  }

  /** To be called before each layer but the first: from now on whiteouts have something to hide. */
  nextLayer(): void {
    this.#made = new Set();
  }

  entry(entry: TarEntry): void {
    this.#current = entry.name;
    if (++this.#entries > this.#limits.entries) {
      throw new OciError("limit", `the image has more than ${this.#limits.entries} files`);
    }
    this.#checked(() => this.#apply(entry));
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

  /** To be called after an error: closes what is open. */
  abandon(): void {
    this.#file?.abandon();
    this.#file = undefined;
  }

  #apply(entry: TarEntry): void {
    const whiteout = readWhiteout(entry.name);
    if (whiteout) {
      this.#hide(whiteout);
      return;
    }
    const place = this.#root.place(entry.name);
    if (place === undefined) {
      if (entry.kind === "directory") return;
      throw badEntry(entry.name, "would replace the root of the image");
    }
    const path = join(place.parent, place.name);
    const existing = this.#root.stat(path);
    const merged = existing?.isDirectory() === true && entry.kind === "directory";
    if (existing && !merged) {
      remove(this.#root.at(path).toString("latin1"));
      if (!existing.isFile()) this.#root.forget();
    }
    this.#remember(path);
    this.#make(entry, path, merged);
  }

  #make(entry: TarEntry, path: ByteString, merged: boolean): void {
    const { mode, mtime } = entry;
    const at = this.#root.at(path);
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
        linkSync(this.#root.at(this.#linked(entry)), at);
        return;
      case "device":
        return;
      case "file":
        this.bytes += entry.size;
        if (this.bytes > this.#limits.unpackedBytes) {
          const most = this.#limits.unpackedBytes;
          throw new OciError("limit", `the image is larger than ${most} bytes when unpacked`);
        }
        this.#file = new NewFile(at, entry);
    }
  }

  /** The file that a hard link names: in the image, like everything else. */
  #linked(entry: TarEntry): ByteString {
    const place = this.#root.find(entry.link);
    const path = place === undefined ? undefined : join(place.parent, place.name);
    const stat = path === undefined ? undefined : this.#root.stat(path);
    if (path === undefined || stat === undefined) {
      throw badEntry(entry.name, `is a hard link to "${shown(entry.link)}", which is not there`);
    }
    if (stat.isDirectory()) {
      throw badEntry(entry.name, `is a hard link to "${shown(entry.link)}", which is a directory`);
    }
    return path;
  }

  #hide(whiteout: Whiteout): void {
    if (this.#made === undefined || whiteout.kind === "ignore") return;
    if (whiteout.kind === "remove") {
      const place = this.#root.find(whiteout.entry);
      if (place !== undefined) this.#hideBelow(join(place.parent, place.name), this.#made);
    } else {
      const directory = this.#root.findDirectory(whiteout.directory);
      if (directory !== undefined) this.#hideChildren(directory, this.#made);
    }
    this.#root.forget();
  }

  /** Takes away what lower layers put at a path; what this layer has put there stays. */
  #hideBelow(path: ByteString, made: ReadonlySet<ByteString>): void {
    if (!made.has(path)) remove(this.#root.at(path).toString("latin1"));
    else if (this.#root.stat(path)?.isDirectory()) this.#hideChildren(path, made);
  }

  #hideChildren(directory: ByteString, made: ReadonlySet<ByteString>): void {
    for (const name of readdirSync(this.#root.at(directory), { encoding: "latin1" })) {
      this.#hideBelow(join(directory, name), made);
    }
  }

  #remember(path: ByteString): void {
    for (let at = path; at !== "" && this.#made && !this.#made.has(at); ) {
      this.#made.add(at);
      at = at.slice(0, Math.max(at.lastIndexOf("/"), 0));
    }
  }

  #checked(call: () => void): void {
    try {
      call();
    } catch (error) {
      if (error instanceof OciError) throw error;
      const code = errorCode(error) ?? (error instanceof Error ? error.message : String(error));
      if (DISK_ERRORS.has(code)) throw storeError(this.#directory, error);
      throw badEntry(this.#current, `cannot be unpacked (${code})`);
    }
  }
}
