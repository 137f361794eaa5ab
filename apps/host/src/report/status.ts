import type { Exit } from "../session/session.ts";

/** vimto's own failures, so that no command's status is taken for one (as env(1) and timeout(1) do). */
export const FAILED = 125;

/** A shell's status for a process that a signal ended. */
export const exitStatus = (exit: Exit): number =>
  "status" in exit ? exit.status : 128 + exit.signal;

/** The error classes whose messages are sentences for the user. */
const known = new Set([
  "Failure",
  "UserError",
  "KernelError",
  "QemuError",
  "CpioError",
  "OciError",
  "StoreError",
  "ArchiveError",
  "AptError",
]);

/** What the user reads of an error, without the program's name in front. */
export function sentence(error: unknown): string {
  if (error instanceof Error && known.has(error.name)) return error.message;
  const what = error instanceof Error ? error.message : String(error);
  return `internal error: ${what} (please report this; VIMTO_DEBUG=1 shows where it happened)`;
}
