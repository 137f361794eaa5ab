import { closeSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import type { Digest } from "./digest.ts";
import { storeError } from "./error.ts";
import { lock } from "./lock.ts";
import type { StorePaths } from "./paths.ts";
import type { Staging } from "./staging.ts";
import { type Expected, verified } from "./verify.ts";

export type FetchOptions = {
  readonly paths: StorePaths;
  readonly staging: Staging;
  /** Names the blob in errors. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
  readonly onWait: () => void;
  readonly onBytes: (bytes: number) => void;
};

/** True if the store has the blob. Its content is checked again when it is used. */
function hasBlob(paths: StorePaths, expected: Expected): boolean {
  const stat = statSync(paths.blob(expected.digest), { throwIfNoEntry: false });
  return stat?.isFile() === true && stat.size === expected.size;
}

/**
 * Brings a blob into the store unless it is there. When several processes ask for it, one fetches it and the
 * others wait; it appears under its name whole and checked, or not at all.
 * @returns true if it was there
 * @throws StoreError, and whatever `open` throws
 */
export async function fetchBlob(
  expected: Expected,
  open: () => AsyncIterable<Uint8Array>,
  options: FetchOptions,
): Promise<boolean> {
  const { paths, staging, signal, onWait } = options;
  if (hasBlob(paths, expected)) return true;
  const held = await lock(paths.blobLock(expected.digest), "exclusive", { signal, onWait });
  try {
    if (hasBlob(paths, expected)) return true;
    const path = staging.path();
    await writeChunks(path, verified(open(), expected, options.what), options.onBytes);
    renameSync(path, paths.blob(expected.digest));
    return false;
  } finally {
    held.remove();
  }
}

export function removeBlob(paths: StorePaths, digest: Digest): void {
  rmSync(paths.blob(digest), { force: true });
}

async function writeChunks(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const descriptor = openSync(path, "wx", 0o644);
  try {
    for await (const chunk of chunks) {
      for (let done = 0; done < chunk.length; ) done += write(descriptor, chunk, done, path);
      onBytes(chunk.length);
    }
  } finally {
    closeSync(descriptor);
  }
}

function write(descriptor: number, chunk: Uint8Array, from: number, path: string): number {
  try {
    return writeSync(descriptor, chunk, from);
  } catch (error) {
    throw storeError(path, error);
  }
}
