import { readdirSync, statfsSync } from "node:fs";
import type { Cache } from "../cache/cache.ts";
import { removeUnused } from "../cache/removal.ts";
import { errorCode } from "../failure.ts";
import { type CacheEntry, cacheEntries } from "./contents.ts";
import { imageEntries, sweepImages } from "./images.ts";

export type PruneLimits = {
  /** Entries unused for this long go. */
  readonly unusedMs?: number | undefined;
  /** Then the longest unused entries go, until the rest is no larger. */
  readonly maxBytes?: number | undefined;
};

const DAY_MS = 86_400_000;
const GIB = 2 ** 30;
/** Nobody uses an outdated part; the day is for a cache that several hosts share. */
const OUTDATED_MS = DAY_MS;

/** The usual limits: two weeks, 10 GiB, and never half of the file system. */
export function usualLimits(directory: string): PruneLimits {
  const { blocks, bsize } = statfsSync(directory);
  return { unusedMs: 14 * DAY_MS, maxBytes: Math.min(10 * GIB, (blocks * bsize) / 2) };
}

/** The entries that have to go, in the order in which they go. Those in use count, and stay. */
export function chooseOld<Entry extends Omit<CacheEntry, "remove">>(
  entries: readonly Entry[],
  { unusedMs = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY }: PruneLimits,
  now: number,
): Entry[] {
  const idle = entries.filter(({ inUse }) => !inUse).sort((a, b) => a.lastUse - b.lastUse);
  const old = ({ lastUse, outdated }: Entry) =>
    now - lastUse > (outdated ? Math.min(OUTDATED_MS, unusedMs) : unusedMs);
  const goes = idle.filter(old);
  let rest = sum(entries) - sum(goes);
  for (const entry of idle.filter((each) => !old(each))) {
    if (rest <= maxBytes) break;
    rest -= entry.bytes;
    goes.push(entry);
  }
  return goes;
}

export const sum = (entries: readonly { readonly bytes: number }[]): number =>
  entries.reduce((total, { bytes }) => total + bytes, 0);

/** What a removal did. */
export type Pruned = {
  readonly removed: readonly CacheEntry[];
  readonly kept: readonly CacheEntry[];
};

/** Everything in the cache. */
export const wholeCache = async (cache: Cache, signal?: AbortSignal): Promise<CacheEntry[]> => [
  ...cacheEntries(cache),
  ...(await imageEntries(cache, signal)),
];

/**
 * Removes what `choose` picks, and never what is in use. After `signal` it removes one thing if it has removed
 * nothing yet, and no more: on a host where looking at the cache takes all the time, a little goes each time. Throws Failure "cache" and OciError.
 */
export async function removeChosen(
  cache: Cache,
  choose: (entries: readonly CacheEntry[]) => readonly CacheEntry[],
  signal?: AbortSignal,
): Promise<Pruned> {
  const entries = await cache.attempt(() => wholeCache(cache, signal));
  const removed: CacheEntry[] = [];
  for (const entry of choose(entries)) {
    if (signal?.aborted && removed.length > 0) break;
    if (!entry.inUse && (await cache.attempt(async () => entry.remove()))) removed.push(entry);
  }
  if (!signal?.aborted) {
    removeLocks(cache);
    await sweepImages(cache, signal);
  }
  return { removed, kept: entries.filter((entry) => !removed.includes(entry)) };
}

/** Lock files that no process holds. A process that has one open notices that it is gone, and makes another. */
function removeLocks(cache: Cache): void {
  try {
    for (const name of readdirSync(cache.path("locks")))
      removeUnused(cache.path(`locks/${name}`), Number.POSITIVE_INFINITY);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
  }
}
