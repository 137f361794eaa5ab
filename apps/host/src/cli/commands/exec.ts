import { makeFuzzCache } from "../../host/facts.ts";
import { inForeground } from "../../host/foreground.ts";
import { run } from "../../run/run.ts";
import { Interrupted } from "../../run/watch.ts";
import { UserError } from "../../settings/user-error.ts";
import { pruneDaily } from "../../upkeep/prune-daily.ts";
import type { CliCommand } from "../command.ts";
import { type Context, runRequest } from "../context.ts";
import { type Ending, endingBy } from "../ending.ts";
import { optionLines } from "../option-lines.ts";
import { dryRun } from "./dry-run.ts";

/** Runs a command in a machine; resolves to how vimto ends. */
export async function runInMachine(context: Context, argv: readonly string[]): Promise<Ending> {
  const { settings, reporter, cache } = context;
  if (settings.dryRun) return dryRun(context, argv);
  makeFuzzCache(argv, settings.cwd);
  if (context.cells !== undefined) {
    const { execOnMany } = await import("../many.ts");
    const status = await execOnMany(context, context.cells, argv);
    await pruneDaily(cache);
    return status;
  }
  const request = runRequest(context, argv);
  const { outcome, reason, status, exit } = await run(request);
  await pruneDaily(cache);
  if (outcome === "could-not-run") reporter.failure(reason);
  if (reason instanceof Interrupted) return endingBy(reason.signal, status);
  if (exit === undefined || !("signal" in exit)) return status;
  const typed = request.streams.terminal?.interrupted() === true && inForeground();
  return endingBy(exit.signal, status, typed);
}

export const exec: CliCommand = {
  name: "exec",
  usage: "[--] COMMAND...",
  help: "run COMMAND in a virtual machine",
  details: `Everything after exec, less one --, is the command: no option of vimto is
looked for in it. Its exit status is vimto's; 126 and 127 mean that it could not
be run or was not found, 128+N that signal N ended it, 125 that vimto failed.

With several --kernel, a list of tags (:6.1,:6.6), a pattern ('./kernels/*'), a
file of kernels (@FILE) or kernels in .vimto.toml, it runs on each of them, and
a table tells where it works: status 0 when all is as expected, 1 when a command
did otherwise, 125 when a kernel could not run. Options of many kernels:
${optionLines("kernels")}

  vimto --kernel host exec sh -c 'uname -r; id'`,
  run: async ({ words, context }) => {
    if (words.length === 0)
      throw new UserError("missing-argument", "exec needs a command, as in: vimto exec uname -r");
    return runInMachine(await context(), words);
  },
};
