import { type HostLimits, hostLimits } from "../host/machine-size.ts";
import { effectiveSettings } from "./effective.ts";
import { configVariable, type Environment, readEnvironment } from "./environment.ts";
import { readSettingsFile } from "./file.ts";
import type { ReplaceTag } from "./kernel-tag.ts";
import type { WrittenOption } from "./options.ts";
import type { Settings } from "./settings.ts";
import { variableOf } from "./table/table.ts";

/** What the command line says. */
export interface Written {
  readonly options: readonly WrittenOption[];
}

export interface Surroundings {
  readonly environment: Environment;
  /** Absolute. */
  readonly cwd: string;
  readonly host?: HostLimits;
  /** Asked for when a tag has to be put on an image. */
  readonly replaceTag: () => Promise<ReplaceTag>;
}

/** Which settings file --config or VIMTO_CONFIG names, if any. */
function namedFile(args: Written, environment: Environment): string | undefined {
  const option = args.options.findLast(({ name }) => name === "config");
  return option?.text ?? (environment[configVariable] || undefined);
}

/** A tag in the file has nothing below it to be put on. */
const namesTag = (args: Written, environment: Environment): boolean =>
  [
    environment[variableOf("kernel") ?? ""],
    ...args.options.filter(({ name }) => name === "kernel").map(({ text }) => text),
  ].some((text) => text?.startsWith(":"));

const noTag: ReplaceTag = () => undefined;

/**
 * From a parsed command line to checked settings: reads the settings file and joins everything.
 *
 * @throws UserError with one sentence for the first mistake
 */
export async function loadSettings(args: Written, around: Surroundings): Promise<Settings> {
  const { environment, cwd } = around;
  const named = namedFile(args, environment);
  const file = await readSettingsFile(cwd, named);
  return effectiveSettings({
    options: args.options,
    environment: readEnvironment(environment),
    file,
    fileNamed: named !== undefined,
    cwd,
    host: around.host ?? hostLimits(),
    replaceTag: namesTag(args, environment) ? await around.replaceTag() : noTag,
  });
}
