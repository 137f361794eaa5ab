import type { HostLimits } from "../host/machine-size.ts";
import { effectiveSettings } from "./effective.ts";
import { configVariable, type Environment, readEnvironment } from "./environment.ts";
import { readSettingsFile } from "./file.ts";
import type { WrittenOption } from "./options.ts";
import type { Settings } from "./settings.ts";

/** What the command line says. */
export interface Written {
  readonly options: readonly WrittenOption[];
}

export interface Surroundings {
  readonly environment: Environment;
  /** Absolute. */
  readonly cwd: string;
  readonly host: HostLimits;
}

/** Which settings file --config or VIMTO_CONFIG names, if any. */
function namedFile(args: Written, environment: Environment): string | undefined {
  const option = args.options.findLast(({ name }) => name === "config");
  return option?.text ?? (environment[configVariable] || undefined);
}

/**
 * From a parsed command line to checked settings: reads the settings file and joins everything.
 *
 * @throws UserError with one sentence for the first mistake
 */
export async function loadSettings(args: Written, around: Surroundings): Promise<Settings> {
  const { environment, cwd, host } = around;
  const named = namedFile(args, environment);
  const file = await readSettingsFile(cwd, named);
  return effectiveSettings({
    options: args.options,
    environment: readEnvironment(environment),
    file,
    fileNamed: named !== undefined,
    cwd,
    host,
  });
}
