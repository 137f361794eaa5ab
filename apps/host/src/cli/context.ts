import type { Cache } from "../cache/cache.ts";
import { type Environment, readHost } from "../host/facts.ts";
import type { HostLimits } from "../host/machine-size.ts";
import { findSource } from "../kernels/find.ts";
import type { KernelSource } from "../kernels/source.ts";
import type { Cell } from "../matrix/cell.ts";
import type { DealtShard } from "../matrix/shard.ts";
import type { Reporter } from "../report/reporter.ts";
import type { RunRequest } from "../run/request.ts";
import { valueName } from "../settings/origin.ts";
import type { Settings } from "../settings/settings.ts";
import { UserError } from "../settings/user-error.ts";
import { shellQuote } from "../settings/words.ts";
import { embeddedPrograms } from "./embedded.ts";
import { processSignals, processStreams } from "./process.ts";
import { processTerminal } from "./terminal.ts";

/** What every command of vimto is given, besides its own arguments. */
export type Context = {
  readonly settings: Settings;
  /** The kernels, when the settings name several: `settings.kernel` is undefined then. */
  readonly cells?: readonly Cell[];
  /** Which shard of more kernels these are. */
  readonly shard?: DealtShard;
  readonly environment: Environment;
  /** Read once, for the settings and for what a run asks of the host. */
  readonly size: HostLimits;
  readonly cache: Cache;
  readonly reporter: Reporter;
};

/** The kernel that the settings name. */
export function kernelSource(context: Context): KernelSource {
  const { settings, environment, cache } = context;
  demandOne(context);
  return findSource(settings.kernel, { ...settings, cache, environment });
}

/** Throws UserError conflict when several kernels are named. */
export function demandOne({
  cells,
  shard,
  settings,
}: Pick<Context, "cells" | "shard" | "settings">): void {
  if (cells === undefined || (cells.length <= 1 && settings.several === undefined)) return;
  // A shard may be empty, and --only selects from the kernels of all shards.
  const all = shard?.kernels ?? cells;
  const origin = settings.written.get("shard")?.at(-1)?.origin;
  const which =
    shard === undefined
      ? `${all.length} are named`
      : `shard ${shard.index}/${shard.count}${origin === undefined ? "" : ` (${valueName(origin)})`} has ${cells.length} of ${all.length}`;
  throw new UserError(
    "conflict",
    `this takes one kernel, and ${which}; choose one with --only, such as: --only ${shellQuote(all[0]?.name ?? "")}`,
  );
}

/** A run of `argv` with the streams and signals of this process. */
export const runRequest = (context: Context, argv: readonly string[]): RunRequest => ({
  settings: context.settings,
  argv,
  kernel: kernelSource(context),
  host: readHost({
    cwd: context.settings.cwd,
    environment: context.environment,
    size: context.size,
    argv,
    asRoot: /^(?:root|0)(?::|$)/.test(context.settings.user ?? ""),
    hooks: [...context.settings.setup, ...context.settings.teardown].map((hook) => hook.argv),
    shares: context.settings.shares,
  }),
  cache: context.cache,
  programs: embeddedPrograms,
  streams: processStreams(processTerminal(context.settings.tty)),
  signals: processSignals,
  emit: context.reporter.event,
});
