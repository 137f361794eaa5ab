import { EACCES, errnoName } from "@vimto/linux";
import type { Refusal } from "../session/refusal.ts";

/** What a shell exits with when a command cannot be executed. */
export const refusalStatus = ({ reason }: Refusal): 126 | 127 =>
  reason === "not-found" ? 127 : 126;

/**
 * Why a command cannot be executed.
 *
 * @param exists whether the host has a file of that name
 */
export function refusalText(refusal: Refusal, program: string, exists: boolean): string {
  const name = JSON.stringify(program);
  if (refusal.reason === "not-executable") {
    const { errno } = refusal;
    return errno === EACCES
      ? `the command ${name} is not an executable file, or may not be executed`
      : `the command ${name} cannot be executed: ${errnoName(errno)}`;
  }
  if (!program.includes("/")) {
    const slip = program.startsWith("-") ? "; options of vimto stand before exec" : "";
    return `the command ${name} was not found in PATH${slip}`;
  }
  // The kernel says ENOENT for a script too whose interpreter is missing (execve(2)).
  return exists
    ? `the command ${name} is there, but the interpreter or loader that it names is not`
    : `the command ${name} does not exist`;
}
