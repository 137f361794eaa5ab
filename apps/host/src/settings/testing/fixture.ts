import { cutCommandLine } from "../../cli/argv.ts";
import { effectiveSettings } from "../effective.ts";
import { type Environment, readEnvironment } from "../environment.ts";
import { parseSettings } from "../file-parse.ts";
import type { Settings } from "../settings.ts";

/** A host for tests: 8 CPUs and 16 GiB. */
export const testHost = {
  cpus: 8,
  memoryBytes: 16 * 1024 ** 3,
  limited: false,
  arch: "amd64",
} as const;

export interface Given {
  readonly argv?: readonly string[];
  readonly environment?: Environment;
  /** The text of the settings file, and where it is said to be. */
  readonly toml?: string;
  readonly path?: string;
  readonly fileNamed?: boolean;
  readonly cwd?: string;
}

/** The settings that tests say together; the command may be left out. */
export function settingsOf(given: Given): Settings {
  const {
    argv = [],
    environment = {},
    toml,
    path = "/project/.vimto.toml",
    cwd = "/project",
  } = given;
  const { fileNamed = false } = given;
  return effectiveSettings({
    options: cutCommandLine([...argv, "config"], ["config", "exec"]).options,
    environment: readEnvironment(environment),
    file: toml === undefined ? undefined : { path, layer: parseSettings(toml, path) },
    fileNamed,
    cwd,
    host: testHost,
  });
}
