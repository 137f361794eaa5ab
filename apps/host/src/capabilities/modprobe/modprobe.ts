import { AT_FDCWD, O_CLOEXEC, O_CREAT, O_EXCL, O_WRONLY } from "@vimto/linux";
import { KEPT } from "@vimto/script";
import type { Capability } from "../capability.ts";

/**
 * A modprobe for a root without one: the kernel loads modules with it, and commands find it in PATH. It goes
 * into `upper`, the layer over the host's root, where /sbin leads; that directory must exist.
 *
 * @param executable apps/init/src/modprobe
 */
export const modprobe = (executable: Uint8Array, upper: string, sbin: string): Capability => ({
  name: "modprobe",
  boot: (script) => {
    const step = `write ${sbin}/modprobe` as const;
    const path = `${upper}${sbin}/modprobe`;
    const flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    script.call(step, "openat", [AT_FDCWD, path, flags, 0o755], { keep: true });
    script.call(step, "write", [KEPT, executable, executable.length]);
    script.call(step, "close", [KEPT]);
  },
  template: "own",
});
