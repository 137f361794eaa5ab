import { CpioError } from "@vimto/initramfs";
import { KernelError } from "@vimto/kernel";
import { QemuError } from "@vimto/qemu";
import { Failure } from "../failure.ts";
import type { Exit } from "../session/session.ts";
import { UserError } from "../settings/index.ts";

/** vimto's own failures, so that no command's status is taken for one (as env(1) and timeout(1) do). */
export const FAILED = 125;

/** A shell's status for a process that a signal ended. */
export const exitStatus = (exit: Exit): number =>
  "status" in exit ? exit.status : 128 + exit.signal;

const known = [Failure, UserError, KernelError, QemuError, CpioError] as const;

/** What the user reads of an error, without the program's name in front. */
export function sentence(error: unknown): string {
  if (known.some((type) => error instanceof type)) return (error as Error).message;
  const what = error instanceof Error ? error.message : String(error);
  return `internal error: ${what} (please report this; VIMTO_DEBUG=1 shows where it happened)`;
}
