import { constants } from "node:os";
import { errorCode } from "../../failure.ts";
import { family, inForeground } from "../../host/foreground.ts";
import { exitStatus } from "../../report/status.ts";
import { prime } from "../../run/prime.ts";
import { kill } from "../../system/libc.ts";
import type { CliCommand } from "../command.ts";
import { type Context, runRequest } from "../context.ts";
import { planGo } from "../go-command.ts";
import { dryRun } from "./dry-run.ts";

/**
 * Runs `go test` on the host with this vimto as its -exec, after everything that its machines have in
 * common is made. Resolves to go's exit status.
 */
async function runGoTest(context: Context, argv: readonly string[]): Promise<number> {
  const { settings, environment, reporter } = context;
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

const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
/** What a terminal sends to every process of its foreground group by itself. */
const TYPED: readonly string[] = ["SIGINT", "SIGQUIT"];

/**
 * Runs a program on the host with this process's own streams. A signal goes to it and to the vimtos
 * that it has started, as a terminal would have it, unless a terminal has done so already.
 */
async function onHost(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const child = Bun.spawn([...argv], { env, stdio: ["inherit", "inherit", "inherit"] });
  const handlers = FORWARDED.map((name) => {
    const handler = () => {
      if (TYPED.includes(name) && inForeground()) return;
      for (const pid of family(child.pid)) kill(pid, constants.signals[name]);
    };
    process.on(name, handler);
    return () => process.off(name, handler);
  });
  try {
    await child.exited;
  } finally {
    for (const off of handlers) off();
  }
  const { exitCode, signalCode } = child;
  if (exitCode !== null) return exitCode;
  const signal = typeof signalCode === "string" ? constants.signals[signalCode] : signalCode;
  return exitStatus({ signal: signal ?? 0 });
}

/** `vimto -- go test ...`: it is not listed, as nobody types it by its name. */
export const go: CliCommand = {
  name: "go",
  usage: "test ...",
  help: "",
  details: "",
  run: async ({ words, context }) => runGoTest(await context(), words),
};
