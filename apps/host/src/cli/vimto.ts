import { readFileSync, realpathSync } from "node:fs";
import { Cache, cacheDirectory } from "../cache/cache.ts";
import { Failure } from "../failure.ts";
import type { Environment } from "../host/facts.ts";
import { withTag } from "../kernels/retag.ts";
import { Reporter } from "../report/reporter.ts";
import { FAILED } from "../report/status.ts";
import { Interrupted } from "../run/watch.ts";
import { loadSettings } from "../settings/load.ts";
import type { WrittenOption } from "../settings/options.ts";
import type { Context } from "./context.ts";
import { runCommandLine } from "./program.ts";

/**
 * Runs one command line; resolves to the exit status. Never rejects.
 *
 * @param argv without the program's own name
 */
export async function vimto(argv: readonly string[], environment: Environment): Promise<number> {
  const debug = environment.VIMTO_DEBUG === "1";
  try {
    demandText(argv);
    return await runCommandLine(argv, (options) => contextOf(options, environment, debug));
  } catch (error) {
    new Reporter({ debug }).failure(error);
    return error instanceof Interrupted ? error.status : FAILED;
  }
}

async function contextOf(
  options: readonly WrittenOption[],
  environment: Environment,
  debug: boolean,
): Promise<Context> {
  const cwd = realpathSync(process.cwd());
  const settings = await withTag(await loadSettings({ options }, { environment, cwd }));
  return {
    settings,
    environment,
    cache: new Cache(cacheDirectory(environment)),
    reporter: new Reporter({ ...settings, debug }),
  };
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
