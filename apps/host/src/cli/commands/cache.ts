import { cacheText, removedText } from "../../report/cache-text.ts";
import { print } from "../../report/print.ts";
import { parseSize } from "../../settings/memory.ts";
import type { WrittenOption } from "../../settings/options.ts";
import { quoted, UserError } from "../../settings/user-error.ts";
import { parseDuration } from "../../settings/values.ts";
import {
  chooseOld,
  type PruneLimits,
  removeChosen,
  usualLimits,
  wholeCache,
} from "../../upkeep/prune.ts";
import { type CliCommand, takeWord } from "../command.ts";
import type { Context } from "../context.ts";
import { optionLines } from "../option-lines.ts";

/** Prints what the cache holds. */
async function showCache({ cache }: Context): Promise<number> {
  const entries = await cache.attempt(() => wholeCache(cache));
  print(cacheText(cache.directory, entries, Date.now()));
  return 0;
}

/** Removes what was not used for long, or what is too much; without options, by the usual limits. */
async function pruneCache({ cache }: Context, asked: PruneLimits): Promise<number> {
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
async function removeAll({ cache }: Context): Promise<number> {
  const { removed, kept } = await removeChosen(cache, (entries) => entries);
  print(removedText(removed, kept));
  return 0;
}

/** What the options of prune ask for. Throws UserError. */
function pruneLimits(options: readonly WrittenOption[]): PruneLimits {
  const find = (name: string) => options.findLast((option) => option.name === name);
  const olderThan = find("older-than");
  const maxSize = find("max-size");
  return {
    unusedMs: olderThan && parseDuration(olderThan.text, olderThan.spelling),
    maxBytes: maxSize && parseSize(maxSize.text, maxSize.spelling),
  };
}

export const cache: CliCommand = {
  name: "cache",
  usage: "[prune]",
  help: "show what the cache holds, or remove old parts",
  details: `Shows what the cache holds. With prune, removes what was not used for a while,
and the least recently used beyond a size; nothing that a run is using.

  vimto cache prune --older-than 14d --max-size 10G

Options of prune:
${optionLines("prune")}`,
  run: async ({ words, options, context }) => {
    const verb = takeWord("cache", words, 1);
    if (verb === "prune") {
      const limits = pruneLimits(options);
      return pruneCache(await context(), limits);
    }
    const stray = options.find(({ name }) => name === "older-than" || name === "max-size");
    if (verb !== undefined)
      throw new UserError(
        "unexpected-argument",
        `cache knows nothing of ${quoted(verb)}; write: vimto cache, or: vimto cache prune`,
      );
    if (stray !== undefined)
      throw new UserError(
        "conflict",
        `option ${stray.spelling} belongs to prune; write: vimto cache prune ${stray.spelling} ${stray.text}`,
      );
    return showCache(await context());
  },
};

export const flushCache: CliCommand = {
  name: "flush-cache",
  usage: "",
  help: "empty the cache",
  details: "Removes everything from the cache that no run is using.",
  run: async ({ words, context }) => {
    takeWord("flush-cache", words, 0);
    return removeAll(await context());
  },
};
