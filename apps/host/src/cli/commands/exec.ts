import { makeFuzzCache } from "../../host/facts.ts";
import { run } from "../../run/run.ts";
import { pruneDaily } from "../../upkeep/prune-daily.ts";
import { type Context, runRequest } from "./context.ts";
import { dryRun } from "./dry-run.ts";

/** Runs a command in a machine; resolves to vimto's exit status. */
export async function exec(context: Context, argv: readonly string[]): Promise<number> {
  const { settings, reporter, cache } = context;
  if (settings.dryRun) return dryRun(context, argv);
  makeFuzzCache(argv, settings.cwd);
  const { outcome, reason, status } = await run(runRequest(context, argv));
  await pruneDaily(cache);
  if (outcome === "could-not-run") reporter.failure(reason);
  return status;
}
