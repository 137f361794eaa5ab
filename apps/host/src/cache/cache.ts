import { fdatasyncSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorCode, Failure } from "../failure.ts";
import { closeLocked, SystemError, tryLock } from "../system/libc.ts";
import { openNameless, writeAll } from "./nameless.ts";
import { isStillNamed, openUsed, touch } from "./use.ts";

const RETRY_MS = 20;
/** Longer than it takes to make anything in the cache, on a busy machine under emulation too. */
const LOCK_PATIENCE_MS = 90_000;

/**
 * Files that vimto makes once and keeps, named after what they are made of. A file appears whole or not at all,
 * and nobody removes it while a run uses it.
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

  /** A small file's text, or undefined when the file does not exist. */
  readText(name: string): string | undefined {
    try {
      return readFileSync(this.path(name), "utf8");
    } catch (error) {
      if (errorCode(error) === "ENOENT") return undefined;
      throw this.#failure(error);
    }
  }

  /** The same for a text that a run needs: remembers the moment as its last use. */
  useText(name: string): string | undefined {
    const text = this.readText(name);
    if (text !== undefined) touch(this.path(name));
    return text;
  }

  /** Keeps a small text. A cache that cannot be written is not an error here. */
  keepText(name: string, text: string): void {
    try {
      const file = openNameless(this.path(name));
      try {
        writeAll(file.fd, Buffer.from(text));
        fdatasyncSync(file.fd);
        file.finish();
      } finally {
        file.close();
      }
    } catch (error) {
      if (!(error instanceof SystemError) && errorCode(error) === undefined) throw error;
    }
  }

  /**
   * Protects the file or directory `name` from removal until this process ends or calls the returned function.
   * Undefined when it does not exist.
   */
  use(name: string): (() => void) | undefined {
    const fd = this.#attempt(() => openUsed(this.path(name)));
    return fd === undefined ? undefined : () => closeLocked(fd);
  }

  /** An empty directory that stays empty, for share devices without a directory of their own. */
  emptyDirectory(): string {
    const path = this.path("empty");
    this.#attempt(() => mkdirSync(path, { recursive: true, mode: 0o700 }));
    return path;
  }

  /**
   * The path of the file `name`, in use from now on; `make` writes it if it does not exist. When several
   * processes ask, one makes it and the others wait; two that make it do no harm. Throws Failure "cache" when
   * the file can be neither found nor made.
   */
  async file(name: string, make: (fd: number) => void | Promise<void>): Promise<string> {
    while (!this.use(name)) {
      const unlock = await this.lock(name);
      try {
        if (this.use(name)) break;
        await this.#write(name, make);
      } finally {
        unlock?.();
      }
    }
    return this.path(name);
  }

  /**
   * Waits for the lock `name`, and returns the function that releases it; undefined when another process holds
   * it for too long: a stopped one (Ctrl-Z) blocks nobody for ever.
   */
  async lock(name: string): Promise<(() => void) | undefined> {
    const end = performance.now() + LOCK_PATIENCE_MS;
    for (;;) {
      const unlock = this.tryLock(name);
      if (unlock !== undefined || performance.now() > end) return unlock;
      await Bun.sleep(RETRY_MS);
    }
  }

  /** The same without waiting. */
  tryLock(name: string): (() => void) | undefined {
    const path = this.path(join("locks", name.replaceAll("/", "-")));
    return this.#attempt(() => {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const fd = openSync(path, "a", 0o600);
      // A lock on a file that another process has just removed protects nothing.
      if (tryLock(fd, "exclusive") && isStillNamed(fd, path)) return () => closeLocked(fd);
      closeLocked(fd);
      return undefined;
    });
  }

  /** Calls `run`, and turns errors of the file system into Failure "cache". */
  async attempt<Result>(run: () => Result | Promise<Result>): Promise<Result> {
    try {
      return await run();
    } catch (error) {
      throw this.#failure(error);
    }
  }

  async #write(name: string, make: (fd: number) => void | Promise<void>): Promise<void> {
    const file = this.#attempt(() => openNameless(this.path(name)));
    try {
      await make(file.fd);
      // The name must not reach the disk before the bytes: a crash of the host would leave an empty file.
      fdatasyncSync(file.fd);
      file.finish();
    } catch (error) {
      throw this.#failure(error);
    } finally {
      file.close();
    }
  }

  #attempt<Result>(run: () => Result): Result {
    try {
      return run();
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** A sentence about the cache for an error of the file system; any other error unchanged. */
  #failure(error: unknown): unknown {
    const code = errorCode(error);
    const why = causes[code ?? ""];
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
  EFBIG: "needs larger files than are allowed: raise the limit of file sizes (ulimit -f)",
  EDQUOT: "is over its disk quota: make room there, or set XDG_CACHE_HOME to another file system",
  ENOENT: `cannot be made: make it, ${elsewhere} be made`,
  ENOTDIR: `has a part that is not a directory: remove that, ${elsewhere} be made`,
  EEXIST: `has a part that is not a directory: remove that, ${elsewhere} be made`,
  ELOOP: `has a symbolic link that leads in a circle: remove that, ${elsewhere} be made`,
  ENAMETOOLONG: "is too long a path: set XDG_CACHE_HOME to a shorter one",
};
