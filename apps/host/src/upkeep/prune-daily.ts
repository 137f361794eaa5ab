import { rmSync, statSync } from "node:fs";
import type { Cache } from "../cache/cache.ts";

const DAY_MS = 86_400_000;
/** How long pruning may delay the end of a run; the next run removes the rest. */
const BUDGET_MS = 1000;
const STAMP = "pruned";

/** Removes old parts of the cache, once a day; on other runs it costs one stat. Never fails. */
export async function pruneDaily(cache: Cache, budgetMs = BUDGET_MS): Promise<void> {
  try {
    if (isDone(cache)) return;
    const unlock = cache.tryLock("prune");
    if (unlock === undefined) return;
    try {
      if (isDone(cache)) return;
      const { chooseOld, removeChosen, usualLimits } = await import("./prune.ts");
      const limits = usualLimits(cache.directory);
      const signal = AbortSignal.timeout(budgetMs);
      await removeChosen(cache, (entries) => chooseOld(entries, limits, Date.now()), signal);
      if (signal.aborted) return;
      rmSync(cache.path(STAMP), { force: true });
      cache.keepText(STAMP, "");
    } finally {
      unlock();
    }
  } catch {
    // The run is over and went well; it has already told of a cache that cannot be read or written.
  }
}

function isDone(cache: Cache): boolean {
  const stamp = statSync(cache.path(STAMP), { throwIfNoEntry: false });
  return stamp !== undefined && Math.abs(Date.now() - stamp.mtimeMs) < DAY_MS;
}
