import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { removeTree } from "@vimto/archive";
import { storeError } from "./error.ts";
import { type Lock, tryLock } from "./lock.ts";
import type { StorePaths } from "./paths.ts";

/** A directory for unfinished work. Its process removes it, or the next run's sweep does. */
export class Staging {
  readonly directory: string;
  readonly #lock: Lock;
  #files = 0;

  constructor(directory: string, lock: Lock) {
    this.directory = directory;
    this.#lock = lock;
  }

  /** A path in the directory that nothing has yet. */
  path(): string {
    return join(this.directory, `${this.#files++}`);
  }

  /** A new, empty directory in it. */
  newDirectory(): string {
    const path = this.path();
    mkdirSync(path);
    return path;
  }

  remove(): void {
    removeTree(this.directory);
    this.#lock.remove();
  }
}

/** Makes a staging directory that no other user can look into. @throws StoreError "store" */
export function openStaging(paths: StorePaths): Staging {
  for (;;) {
    const name = `${process.pid}-${Bun.randomUUIDv7()}`;
    const directory = join(paths.staging(), name);
    const lock = tryLock(`${directory}.lock`, "exclusive");
    if (lock === undefined) continue; // a sweep has it for a moment
    try {
      mkdirSync(directory, { mode: 0o700 });
    } catch (error) {
      lock.remove();
      throw storeError(directory, error);
    }
    return new Staging(directory, lock);
  }
}

/** Removes directories whose lock is free: their processes ended without removing them. */
export function sweepStaging(paths: StorePaths): void {
  const names = readdirSync(paths.staging());
  const locks = new Set(names.filter((name) => name.endsWith(".lock")));
  for (const name of names) if (!locks.has(name)) locks.add(`${name}.lock`);
  for (const name of locks) {
    const path = join(paths.staging(), name);
    const lock = tryLock(path, "exclusive");
    if (lock === undefined) continue;
    removeTree(path.slice(0, -".lock".length));
    lock.remove();
  }
}
