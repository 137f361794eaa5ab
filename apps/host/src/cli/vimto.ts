import { realpathSync } from "node:fs";
import { Cache, cacheDirectory } from "../cache/cache.ts";
import type { Environment } from "../host/facts.ts";
import { withTag } from "../kernels/retag.ts";
import { Reporter } from "../report/reporter.ts";
import { FAILED } from "../report/status.ts";
import { Interrupted } from "../run/watch.ts";
import { loadSettings } from "../settings/load.ts";
import type { WrittenOption } from "../settings/options.ts";
import type { Context } from "./context.ts";
import { exactWords, workingDirectory } from "./exact-words.ts";
import { runCommandLine } from "./program.ts";

/**
 * Runs one command line; resolves to the exit status. Never rejects.
 *
 * @param argv without the program's own name
 */
export async function vimto(argv: readonly string[], environment: Environment): Promise<number> {
  const debug = environment.VIMTO_DEBUG === "1";
  try {
    const given = exactWords(argv, environment);
    return await runCommandLine(given.argv, (options) =>
      contextOf(options, given.environment, debug),
    );
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
  const cwd = realpathSync(workingDirectory());
  const settings = await withTag(await loadSettings({ options }, { environment, cwd }));
  return {
    settings,
    environment,
    cache: new Cache(cacheDirectory(environment)),
    reporter: new Reporter({ ...settings, debug }),
  };
}
