import { AT_FDCWD, O_CLOEXEC, O_WRONLY } from "@vimto/linux";
import { PREVIOUS } from "@vimto/script";
import type { GuestScript } from "../steps.ts";

/** Writes a file that the guest's kernel makes, below /proc or /sys; one that it lacks is passed over. */
export function writeSetting(script: GuestScript, path: string, value: string): void {
  const step = `write ${path}` as const;
  const bytes = new TextEncoder().encode(value);
  script.call(step, "openat", [AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0], { failure: "ignore" });
  script.call(step, "write", [PREVIOUS, bytes, bytes.length], { failure: "ignore" });
}
