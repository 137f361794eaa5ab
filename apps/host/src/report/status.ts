import { errorCode } from "../failure.ts";
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
  "PackageError",
]);

/** What the user reads of an error, without the program's name in front. */
export function sentence(error: unknown): string {
  if (error instanceof Error && known.has(error.name)) return error.message;
  const limit = shortage(error);
  if (limit !== undefined) return limit;
  const what = error instanceof Error ? error.message : String(error);
  return `internal error: ${what} (please report this; VIMTO_DEBUG=1 shows where it happened)`;
}

/** The sentence for a limit of the operating system that stopped vimto itself. */
function shortage(error: unknown): string | undefined {
  const code = errorCode(error);
  if (code === "EMFILE" || code === "ENFILE")
    return "vimto may not open more files; raise the limit with: ulimit -n 256";
  if (code === "ENOMEM")
    return "vimto was refused memory; raise the limit (ulimit -v), or free some";
  if (code === "EAGAIN" && error instanceof Error && /thread|fork|spawn/.test(error.message))
    return "vimto may not start more processes; raise the limit (ulimit -u), or end some";
  // JavaScriptCore reserves addresses for machine code at its start, and does without machine code if it cannot.
  if (error instanceof Error && error.message === "bun:ffi requires the JIT")
    return "vimto was refused the address space that it needs; raise the limit with: ulimit -v unlimited";
  return undefined;
}
