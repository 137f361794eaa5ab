import { readFileSync, realpathSync } from "node:fs";
import { Cache, cacheDirectory } from "../cache/cache.ts";
import { Failure } from "../failure.ts";
import type { Environment } from "../host/facts.ts";
import { tagReplacer } from "../kernels/retag.ts";
import { Reporter } from "../report/reporter.ts";
import { FAILED } from "../report/status.ts";
import { Interrupted } from "../run/watch.ts";
import { loadSettings } from "../settings/load.ts";
import { type Command, parseArguments } from "./arguments.ts";
import { flushCache, pruneCache, showCache } from "./commands/cache.ts";
import { config } from "./commands/config.ts";
import type { Context } from "./commands/context.ts";
import { doctor } from "./commands/doctor.ts";
import { exec } from "./commands/exec.ts";
import { go } from "./commands/go.ts";
import { help } from "./commands/help.ts";
import { images } from "./commands/images.ts";
import { pull } from "./commands/pull.ts";
import { version } from "./commands/version.ts";
import { wrap } from "./commands/wrap.ts";

/**
 * Runs one command line; resolves to the exit status. Never rejects.
 *
 * @param argv without the program's own name
 */
export async function vimto(argv: readonly string[], environment: Environment): Promise<number> {
  try {
    return await perform(argv, environment);
  } catch (error) {
    new Reporter({ debug: isDebug(environment) }).failure(error);
    return error instanceof Interrupted ? error.status : FAILED;
  }
}

const isDebug = (environment: Environment): boolean => environment.VIMTO_DEBUG === "1";

async function perform(argv: readonly string[], environment: Environment): Promise<number> {
  demandText(argv);
  const { command, options } = parseArguments(argv);
  if (command.kind === "help") return help(command.topic);
  if (command.kind === "version") return version();
  const settings = await loadSettings(
    { options },
    { environment, cwd: realpathSync(process.cwd()), replaceTag: tagReplacer },
  );
  const reporter = new Reporter({ ...settings, debug: isDebug(environment) });
  const cache = new Cache(cacheDirectory(environment));
  return await dispatch(command, { settings, environment, cache, reporter });
}

/** Arguments reach this program as text: bytes that are not text would reach the command as others. */
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

/** Each has a file in commands/. */
function dispatch(command: Command, context: Context): number | Promise<number> {
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
