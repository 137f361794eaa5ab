import { type Architecture, EACCES, ENOEXEC, errnoName, ownArchitecture } from "@vimto/linux";
import type { Refusal } from "../session/refusal.ts";

/** What a shell exits with when a command cannot be executed. */
export const refusalStatus = ({ reason }: Refusal): 126 | 127 =>
  reason === "not-found" ? 127 : 126;

/**
 * Why a command cannot be executed.
 *
 * @param exists whether the host has a file of that name
 * @param guest which programs the guest can execute
 */
export function refusalText(
  refusal: Refusal,
  program: string,
  exists: boolean,
  guest: Architecture,
): string {
  const name = JSON.stringify(program);
  // Programs and loaders of the root are the host's.
  const foreign =
    guest === ownArchitecture
      ? ""
      : `: the guest is ${guest}, and the programs of its root, which is this host's, are for ${ownArchitecture}; give a static ${guest} program that is in a share`;
  if (refusal.reason === "not-executable") {
    const { errno } = refusal;
    return errno === EACCES
      ? `the command ${name} is not an executable file, or may not be executed`
      : `the command ${name} cannot be executed${errno === ENOEXEC && foreign ? foreign : `: ${errnoName(errno)}`}`;
  }
  if (!program.includes("/")) {
    const slip = program.startsWith("-") ? "; options of vimto stand before exec" : "";
    return `the command ${name} was not found in PATH${slip}`;
  }
  // The kernel says ENOENT for a script too whose interpreter is missing (execve(2)).
  return exists
    ? `the command ${name} is there, but the interpreter or loader that it names is not${foreign}`
    : `the command ${name} does not exist`;
}
