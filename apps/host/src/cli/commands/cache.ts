import { cacheText, removedText } from "../../report/cache-text.ts";
import { print } from "../../report/print.ts";
import {
  chooseOld,
  type PruneLimits,
  removeChosen,
  usualLimits,
  wholeCache,
} from "../../upkeep/prune.ts";
import type { Context } from "./context.ts";

/** Prints what the cache holds. */
export async function showCache({ cache }: Context): Promise<number> {
  const entries = await cache.attempt(() => wholeCache(cache));
  print(cacheText(cache.directory, entries, Date.now()));
  return 0;
}

/** Removes what was not used for long, or what is too much; by the usual limits when none is given. */
export async function pruneCache({ cache }: Context, asked: PruneLimits): Promise<number> {
  const none = asked.unusedMs === undefined && asked.maxBytes === undefined;
  const { removed, kept } = await removeChosen(cache, (entries) =>
    entries.length === 0
      ? []
      : chooseOld(entries, none ? usualLimits(cache.directory) : asked, Date.now()),
  );
  print(removedText(removed, kept));
  return 0;
}

/** Removes everything but what is in use. */
export async function flushCache({ cache }: Context): Promise<number> {
  const { removed, kept } = await removeChosen(cache, (entries) => entries);
  print(removedText(removed, kept));
  return 0;
}
