import { closeSync, constants, fstatSync, openSync, rmSync, statSync, utimesSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { errorCode } from "@vimto/linux";
import { StoreError } from "./error.ts";
import { tryFlock, unflock } from "./flock.ts";

export type LockMode = "shared" | "exclusive";

/** A lock that this process holds until it releases it or ends. */
export class Lock {
  readonly path: string;
  readonly #descriptor: number;
  #held = true;

  constructor(path: string, descriptor: number) {
    this.path = path;
    this.#descriptor = descriptor;
  }

  release(): void {
    if (!this.#held) return;
    this.#held = false;
    unflock(this.#descriptor);
    closeSync(this.#descriptor);
  }

  /** Releases the lock and removes the file; only for the holder of an exclusive lock. */
  remove(): void {
    if (!this.#held) return;
    rmSync(this.path, { force: true });
    this.release();
  }

  /** Records the time of the lock's last use, where the file can be written. */
  touch(): void {
    try {
      const now = new Date();
      utimesSync(this.path, now, now);
    } catch {
      // a cache that cannot be written needs no time of use
    }
  }
}

/**
 * Locks a file, which is made if need be, without waiting.
 * @returns undefined if another holder forbids it
 * @throws StoreError "store"
 */
export function tryLock(path: string, mode: LockMode): Lock | undefined {
  for (;;) {
    const descriptor = open(path, mode);
    try {
      if (!tryFlock(descriptor, mode)) {
        closeSync(descriptor);
        return undefined;
      }
    } catch (error) {
      closeSync(descriptor);
      throw lockError(path, error);
    }
    // Its last holder may have removed the file after this opened it: then the lock protects nothing.
    if (isStill(path, descriptor)) return new Lock(path, descriptor);
    unflock(descriptor);
    closeSync(descriptor);
  }
}

export type WaitOptions = {
  readonly signal?: AbortSignal | undefined;
  /** Called once, if this has to wait for another process. */
  readonly onWait?: (() => void) | undefined;
};

/** The same, waiting as long as it takes. @throws StoreError "store", "aborted" */
export async function lock(path: string, mode: LockMode, options: WaitOptions = {}): Promise<Lock> {
  for (let tries = 0; ; tries++) {
    const held = tryLock(path, mode);
    if (held) return held;
    if (tries === 0) options.onWait?.();
    await pause(Math.min(10 + tries * 10, 200), options.signal);
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await setTimeout(ms, undefined, signal ? { signal } : {});
  } catch (error) {
    throw new StoreError("aborted", "waiting for another process was interrupted", {
      cause: error,
    });
  }
}

function open(path: string, mode: LockMode): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644);
  } catch (error) {
    const code = errorCode(error) ?? "";
    // A shared lock is all that a cache on a read-only file system needs, and flock takes any descriptor.
    if (mode === "shared" && ["EROFS", "EACCES", "EPERM"].includes(code)) {
      try {
        return openSync(path, constants.O_RDONLY);
      } catch {
        // the first error says more
      }
    }
    throw lockError(path, error);
  }
}

function isStill(path: string, descriptor: number): boolean {
  const there = statSync(path, { throwIfNoEntry: false });
  return there !== undefined && there.ino === fstatSync(descriptor).ino;
}

function lockError(path: string, error: unknown): StoreError {
  const code = errorCode(error) ?? "unknown error";
  return new StoreError("store", `lock file "${path}" cannot be used (${code})`, { cause: error });
}
