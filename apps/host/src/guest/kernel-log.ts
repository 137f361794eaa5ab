import { type Architecture, AT_FDCWD, O_CLOEXEC, O_WRONLY } from "@vimto/linux";
import { PREVIOUS, Script } from "@vimto/script";
import type { GuestScript, Step } from "../steps.ts";

/** Shown on the console in spite of "quiet", like the kernel's own lines about a process that it kills. */
const ERROR_LEVEL = 3;

/**
 * Writes a line to the kernel's log (printk's /dev/kmsg, Documentation/ABI/testing/dev-kmsg): on the
 * console it stands behind everything that the kernel has said before.
 */
export function kernelLogScript(arch: Architecture, line: string): GuestScript {
  const bytes = new TextEncoder().encode(`<${ERROR_LEVEL}>${line}\n`);
  const step = "log";
  return new Script<Step>(arch)
    .call(step, "openat", [AT_FDCWD, "/dev/kmsg", O_WRONLY | O_CLOEXEC, 0])
    .call(step, "write", [PREVIOUS, bytes, bytes.length])
    .call("end", "exit_group", [0]);
}
