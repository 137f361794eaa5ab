import type { Environment } from "../host/facts.ts";
import type { Identity } from "../host/identity.ts";

/**
 * The environment of a command as NAME=value: the caller's, less TMPDIR (the directory it names is the
 * host's), and for another user with the names that sudo(8) sets.
 */
export function commandEnvironment(
  environment: Environment,
  other: Identity | undefined,
): readonly string[] {
  const { TMPDIR: _, ...kept } = environment;
  const variables = {
    ...kept,
    ...(other?.home !== undefined && { HOME: other.home }),
    ...(other?.name !== undefined && { USER: other.name, LOGNAME: other.name }),
    ...(other?.shell !== undefined && { SHELL: other.shell }),
  };
  return Object.entries(variables).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
}
