import { storeError } from "./error.ts";
import { lock } from "./lock.ts";
import type { StorePaths } from "./paths.ts";
import { openStaging, type Staging, sweepStaging } from "./staging.ts";

export type FetchOnce<T> = {
  /** What is wanted: the name and the platform of its record. */
  readonly name: string;
  readonly platform: string;
  /** What the store has; called again once this process is the one that fetches. */
  readonly find: () => Promise<T | undefined>;
  /** Brings it; files that it leaves in the staging directory are removed. */
  readonly fetch: (staging: Staging) => Promise<T>;
  readonly signal?: AbortSignal | undefined;
  /** Called when this waits for another process, which fetches the same name or removes unused files. */
  readonly onWait: (what: "name" | "removal") => void;
};

/**
 * One process at a time fetches a name; the others find what it brought.
 * @throws StoreError "store", "aborted", and what `find` and `fetch` throw
 */
export async function fetchOnce<T>(paths: StorePaths, wanted: FetchOnce<T>): Promise<T> {
  const { name, platform, find, signal, onWait } = wanted;
  paths.create();
  const named = await lock(paths.nameLock(name, platform), "exclusive", {
    signal,
    onWait: () => onWait("name"),
  });
  try {
    const found = await find();
    if (found !== undefined) return found;
    const store = await lock(paths.storeLock(), "shared", {
      signal,
      onWait: () => onWait("removal"),
    });
    try {
      sweepStaging(paths);
      const staging = openStaging(paths);
      try {
        return await wanted.fetch(staging);
      } catch (error) {
        throw storeError(paths.directory, error);
      } finally {
        staging.remove();
      }
    } finally {
      store.release();
    }
  } finally {
    named.remove();
  }
}
