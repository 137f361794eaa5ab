import { Cache } from "../cache/cache.ts";
import { cachePlace } from "../cache/place.ts";
import type { Environment } from "../host/facts.ts";
import { hostLimits } from "../host/machine-size.ts";
import { withTag } from "../kernels/retag.ts";
import type { Cell } from "../matrix/cell.ts";
import { Reporter } from "../report/reporter.ts";
import { FAILED } from "../report/status.ts";
import { Interrupted } from "../run/watch.ts";
import { loadSettings } from "../settings/load.ts";
import type { WrittenOption } from "../settings/options.ts";
import type { Settings } from "../settings/settings.ts";
import { UserError } from "../settings/user-error.ts";
import type { Context } from "./context.ts";
import { type Ending, endingBy } from "./ending.ts";
import { exactWords, workingDirectory } from "./exact-words.ts";
import { runCommandLine } from "./program.ts";

/**
 * Runs one command line; resolves to how vimto ends. Never rejects.
 *
 * @param argv without the program's own name
 */
export async function vimto(argv: readonly string[], environment: Environment): Promise<Ending> {
  const debug = environment.VIMTO_DEBUG === "1";
  try {
    const given = exactWords(argv, environment);
    return await runCommandLine(
      given.argv,
      (options) => contextOf(options, given.environment, debug),
      given.environment,
    );
  } catch (error) {
    new Reporter({ debug }).failure(error);
    return error instanceof Interrupted ? endingBy(error.signal, error.status) : FAILED;
  }
}

function demandOrder(cells: readonly Cell[], { shard }: Settings): void {
  if (shard !== undefined)
    throw new UserError(
      "conflict",
      "--bisect and --shard do not go together; leave one of them out",
    );
  if (cells.length >= 2) return;
  throw new UserError(
    "conflict",
    "--bisect needs at least two kernels, the first good and the last bad; name more with --kernel",
  );
}

/** The one kernel that --only leaves, which then runs like any single one; or all of several. */
async function chooseKernels(
  loaded: Settings,
  environment: Environment,
  reporter: Reporter,
): Promise<Pick<Context, "settings" | "cells" | "shard"> & { readonly environment?: Environment }> {
  const { cellsOf } = await import("../matrix/cells.ts");
  const all = await cellsOf(loaded);
  const [first] = all;
  if (loaded.bisect) demandOrder(all, loaded);
  if (loaded.shard !== undefined) {
    const { dealtShard, ownCells, shardOf } = await import("../matrix/shard.ts");
    const { readTimings } = await import("../matrix/timings.ts");
    const names = all.map(({ name }) => name);
    const durations = readTimings(loaded.timings, loaded.cwd, (text) => reporter.notice(text));
    const skipped = new Set(
      all.flatMap(({ name, expected }) => (expected.kind === "skip" ? [name] : [])),
    );
    const shard = dealtShard(names, shardOf(loaded.shard, environment), durations, skipped);
    const settings = all.length === 1 ? (first?.settings ?? loaded) : loaded;
    return { settings, cells: ownCells(all, shard), shard };
  }
  if (all.length !== 1 || first === undefined) return { settings: loaded, cells: all };
  const one = { settings: first.settings, environment: { ...environment, ...first.environment } };
  const alone = first.expected.kind !== "skip" && loaded.reports.length === 0;
  return alone ? one : { ...one, cells: all };
}

async function contextOf(
  options: readonly WrittenOption[],
  environment: Environment,
  debug: boolean,
): Promise<Context> {
  const cwd = workingDirectory();
  const size = hostLimits();
  const loaded = await loadSettings({ options }, { environment, cwd, host: size });
  const reporter = new Reporter({ ...loaded, debug });
  const { settings, ...chosen } =
    loaded.several === undefined &&
    loaded.only.length === 0 &&
    loaded.shard === undefined &&
    !loaded.bisect &&
    loaded.reports.length === 0
      ? { settings: await withTag(loaded) }
      : await chooseKernels(loaded, environment, reporter);
  const { directory, instead } = cachePlace(environment);
  if (instead !== undefined) reporter.notice(instead);
  return { settings, environment, ...chosen, size, cache: new Cache(directory), reporter };
}
