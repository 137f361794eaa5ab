import type { Cache } from "../cache/cache.ts";
import { type Environment, readHost } from "../host/facts.ts";
import { findSource } from "../kernels/find.ts";
import type { KernelSource } from "../kernels/source.ts";
import type { Reporter } from "../report/reporter.ts";
import type { RunRequest } from "../run/request.ts";
import type { Settings } from "../settings/settings.ts";
import { embeddedPrograms } from "./embedded.ts";
import { processSignals, processStreams } from "./process.ts";

/** What every command of vimto is given, besides its own arguments. */
export type Context = {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly cache: Cache;
  readonly reporter: Reporter;
};

/** The kernel that the settings name. */
export const kernelSource = ({ settings, environment, cache }: Context): KernelSource =>
  findSource(settings.kernel, { ...settings, cache, environment });

/** A run of `argv` with the streams and signals of this process. */
export const runRequest = (context: Context, argv: readonly string[]): RunRequest => ({
  settings: context.settings,
  argv,
  kernel: kernelSource(context),
  host: readHost({
    cwd: context.settings.cwd,
    environment: context.environment,
    argv,
    asRoot: /^(?:root|0)(?::|$)/.test(context.settings.user ?? ""),
    hooks: [...context.settings.setup, ...context.settings.teardown].map((hook) => hook.argv),
    shares: context.settings.shares,
  }),
  cache: context.cache,
  programs: embeddedPrograms,
  streams: processStreams(),
  signals: processSignals,
  emit: context.reporter.event,
});
