import { errorCode } from "../../failure.ts";
import { prime } from "../../run/prime.ts";
import type { CliCommand } from "../command.ts";
import { type Context, runRequest } from "../context.ts";
import { planGo } from "../go-command.ts";
import { onHost } from "../on-host.ts";
import { dryRun } from "./dry-run.ts";

/**
 * Runs `go test` on the host with this vimto as its -exec, after everything that its machines have in
 * common is made. Resolves to go's exit status.
 */
async function runGoTest(context: Context, argv: readonly string[]): Promise<number> {
  const { settings, environment, reporter } = context;
  if (context.cells !== undefined)
    return (await import("../go-on-many.ts")).goOnMany(context, context.cells, argv);
  const plan = planGo(argv, process.execPath, settings);
  if (settings.dryRun) return await dryRun(context, plan.argv);
  await prime(runRequest(context, []));
  const [program = "go"] = plan.argv;
  try {
    return await onHost(plan.argv, { ...environment, ...plan.environment });
  } catch (error) {
    const found = errorCode(error) !== "ENOENT";
    const what = found ? "may not be executed" : "was not found; install Go, or name its binary";
    reporter.warn(`the command ${JSON.stringify(program)} ${what}`);
    return found ? 126 : 127;
  }
}

/** `vimto -- go test ...`: it is not listed, as nobody types it by its name. */
export const go: CliCommand = {
  name: "go",
  usage: "test ...",
  help: "",
  details: "",
  run: async ({ words, context }) => runGoTest(await context(), words),
};
