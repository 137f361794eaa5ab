import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { errorCode, Failure } from "../failure.ts";
import { nameFile, SystemError, tryLock } from "../system/libc.ts";

const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;
const EEXIST = 17;
const RETRY_MS = 20;

/**
 * Files that vimto makes once and keeps, named after what they are made of. A file appears whole or not
 * at all: it is written without a name and then linked, so that no kill leaves a piece of it behind.
 */
export class Cache {
  /** Absolute. */
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** A small file's text, or undefined when there is none. */
  readText(name: string): string | undefined {
    try {
      return readFileSync(this.path(name), "utf8");
    } catch (error) {
      if (errorCode(error) === "ENOENT") return undefined;
      throw this.#failure(error);
    }
  }

  /** Keeps a small text; a cache that cannot be written is no reason to fail then. */
  keepText(name: string, text: string): void {
    try {
      const { fd, finish } = openNameless(this.path(name));
      try {
        writeAll(fd, Buffer.from(text));
        finish();
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      if (!(error instanceof SystemError) && errorCode(error) === undefined) throw error;
    }
  }

  /**
   * The path of the file `name`; `make` writes it if it is not there. However many processes ask, one
   * makes it and the others wait. Throws Failure "cache" when it can be neither found nor made.
   */
  async file(name: string, make: (fd: number) => void | Promise<void>): Promise<string> {
    const path = this.path(name);
    if (existsSync(path)) {
      touch(path);
      return path;
    }
    const unlock = await this.lock(name);
    try {
      if (!existsSync(path)) await this.#write(name, make);
    } finally {
      unlock();
    }
    return path;
  }

  /** Waits until no other process holds the lock `name`; returns what gives it back. */
  async lock(name: string): Promise<() => void> {
    const path = this.path(join("locks", name.replaceAll("/", "-")));
    const fd = this.#attempt(() => {
      mkdirSync(dirname(path), { recursive: true });
      return openSync(path, "a", 0o600);
    });
    while (!tryLock(fd, "exclusive")) await Bun.sleep(RETRY_MS);
    return () => closeSync(fd);
  }

  async #write(name: string, make: (fd: number) => void | Promise<void>): Promise<void> {
    const { fd, finish } = this.#attempt(() => openNameless(this.path(name)));
    try {
      await make(fd);
      finish();
    } catch (error) {
      throw this.#failure(error);
    } finally {
      closeSync(fd);
    }
  }

  #attempt<Result>(run: () => Result): Result {
    try {
      return run();
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** Says what is wrong with the cache; other errors stay what they are. */
  #failure(error: unknown): unknown {
    const why = causes[errorCode(error) ?? ""];
    if (why === undefined) return error;
    const place = JSON.stringify(this.directory);
    return new Failure("cache", `the cache directory ${place} ${why}`, { cause: error });
  }
}

const elsewhere = "or set XDG_CACHE_HOME to a directory that can";
const causes: Readonly<Record<string, string>> = {
  EROFS: `is on a read-only file system: make it writable ${elsewhere} be written`,
  EACCES: `cannot be written: change its owner or mode, ${elsewhere}`,
  EPERM: `cannot be written: change its owner or mode, ${elsewhere}`,
  ENOSPC: "is on a full file system: make room there, or set XDG_CACHE_HOME to another file system",
  EDQUOT: "is over its disk quota: make room there, or set XDG_CACHE_HOME to another file system",
  ENOENT: `cannot be made: make it, ${elsewhere} be made`,
  ENOTDIR: `has a part that is not a directory: remove that, ${elsewhere} be made`,
  EEXIST: `has a part that is not a directory: remove that, ${elsewhere} be made`,
  ELOOP: `has a symbolic link that leads in a circle: remove that, ${elsewhere} be made`,
  ENAMETOOLONG: "is too long a path: set XDG_CACHE_HOME to a shorter one",
};

/** `$XDG_CACHE_HOME/vimto`, `~/.cache/vimto` (XDG Base Directory Specification: relative is invalid). */
export function cacheDirectory(environment: Readonly<Record<string, string | undefined>>): string {
  const base = environment.XDG_CACHE_HOME;
  return join(base?.startsWith("/") ? base : join(homedir(), ".cache"), "vimto");
}

/** A file that has no name until `finish`; where the file system cannot do that, one that is renamed. */
function openNameless(path: string): { fd: number; finish: () => void } {
  const directory = dirname(path);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  try {
    const fd = openSync(directory, O_TMPFILE | constants.O_RDWR, 0o600);
    return { fd, finish: () => linkOrKeep(fd, path) };
  } catch (error) {
    if (!["EOPNOTSUPP", "EISDIR", "EINVAL"].includes(errorCode(error) ?? "")) throw error;
  }
  const temporary = join(directory, `.${randomBytes(8).toString("hex")}`);
  const fd = openSync(temporary, "wx+", 0o600);
  return {
    fd,
    finish: () => {
      try {
        renameSync(temporary, path);
      } finally {
        rmSync(temporary, { force: true });
      }
    },
  };
}

/** Who came first has made the same file. */
function linkOrKeep(fd: number, path: string): void {
  try {
    nameFile(fd, path);
  } catch (error) {
    if (!(error instanceof SystemError && error.errno === EEXIST)) throw error;
  }
}

/** Remembers the last use for pruning; not worth a failure. */
function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {}
}

export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
}
