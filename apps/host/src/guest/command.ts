import { accessSync, constants } from "node:fs";
import type { Identity } from "../settings/index.ts";

export type PlannedCommand = {
  readonly argv: readonly string[];
  /** NAME=value */
  readonly environment: readonly string[];
  /** Paths for execve, in the order in which a shell would try them. */
  readonly candidates: readonly string[];
};

/** execvp(3), when PATH is not set. */
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * What to execute, and with which environment: the caller's, less TMPDIR (the directory it names is
 * the host's), and for another user with the names that sudo(8) sets.
 */
export function planCommand(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  other: Identity | undefined,
): PlannedCommand {
  const { TMPDIR: _, ...kept } = environment;
  const variables = {
    ...kept,
    ...(other && {
      ...(other.home !== undefined && { HOME: other.home }),
      ...(other.name !== undefined && { USER: other.name, LOGNAME: other.name }),
      ...(other.shell !== undefined && { SHELL: other.shell }),
    }),
  };
  return {
    argv,
    environment: Object.entries(variables).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${value}`],
    ),
    candidates: candidates(argv[0] ?? "", environment.PATH ?? DEFAULT_PATH),
  };
}

/**
 * A name without a slash is looked for in PATH. Directories that have it on the host come first in
 * their order, then all others, since an image or a setup command may bring it.
 */
function candidates(program: string, path: string): string[] {
  if (program.includes("/") || program === "") return [program];
  const all = path.split(":").map((directory) => `${directory || "."}/${program}`);
  const there = all.filter(exists);
  return there.length > 0 ? there : all;
}

function exists(path: string): boolean {
  try {
    accessSync(path, constants.F_OK);
    return true;
  } catch {
    return false;
  }
}
