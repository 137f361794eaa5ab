import { readFileSync, realpathSync } from "node:fs";
import { Cache, cacheDirectory } from "./cache/cache.ts";
import { flushCache, pruneCache, showCache } from "./cli/commands/cache.ts";
import { config } from "./cli/commands/config.ts";
import type { Context } from "./cli/commands/context.ts";
import { doctor } from "./cli/commands/doctor.ts";
import { exec } from "./cli/commands/exec.ts";
import { go } from "./cli/commands/go.ts";
import { help } from "./cli/commands/help.ts";
import { images } from "./cli/commands/images.ts";
import { pull } from "./cli/commands/pull.ts";
import { version } from "./cli/commands/version.ts";
import { wrap } from "./cli/commands/wrap.ts";
import { Failure } from "./failure.ts";
import { tagReplacer } from "./kernels/retag.ts";
import { Reporter } from "./report/reporter.ts";
import { FAILED } from "./report/status.ts";
import { Interrupted } from "./run/watch.ts";
import { type Command, loadSettings, parseArguments } from "./settings/index.ts";

/** Runs one command line and resolves to the exit status. */
async function run(argv: readonly string[]): Promise<number> {
  demandText(argv);
  const args = parseArguments(argv);
  const { command } = args;
  if (command.kind === "help") return help(command.topic);
  if (command.kind === "version") return version();
  const environment = process.env;
  const settings = await loadSettings(args, {
    environment,
    cwd: realpathSync(process.cwd()),
    replaceTag: tagReplacer,
  });
  const reporter = new Reporter({ ...settings, debug: environment.VIMTO_DEBUG === "1" });
  const cache = new Cache(cacheDirectory(environment));
  return await perform(command, { settings, environment, cache, reporter });
}

/** Arguments reach this program as text: bytes that are none would reach the command as others. */
function demandText(argv: readonly string[]): void {
  const changed = argv.find((word) => word.includes("\ufffd"));
  if (changed === undefined) return;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(readFileSync("/proc/self/cmdline"));
  } catch {
    throw new Failure(
      "start",
      `the argument ${JSON.stringify(changed)} has bytes that are not UTF-8, and they cannot be passed on; pass it by a file or through printf in a shell in the guest`,
    );
  }
}

/** One file below commands/ for each. */
function perform(command: Command, context: Context): number | Promise<number> {
  switch (command.kind) {
    case "exec":
      return exec(context, command.argv);
    case "go":
      return go(context, command.argv);
    case "doctor":
      return doctor(context);
    case "config":
      return config(context);
    case "wrap":
      return wrap(context);
    case "pull":
      return pull(context, command.image);
    case "images":
      return images(context);
    case "cache":
      return showCache(context);
    case "cache-prune":
      return pruneCache(context, { unusedMs: command.olderThanMs, maxBytes: command.maxBytes });
    case "flush-cache":
      return flushCache(context);
    default:
      throw new Failure("internal", `vimto ${command.kind} is not there yet`);
  }
}

async function main(): Promise<void> {
  let status: number;
  try {
    status = await run(process.argv.slice(2));
  } catch (error) {
    new Reporter({ debug: process.env.VIMTO_DEBUG === "1" }).failure(error);
    status = error instanceof Interrupted ? error.status : FAILED;
  }
  process.exit(status);
}

main();
