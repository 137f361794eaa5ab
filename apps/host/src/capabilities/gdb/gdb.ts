import { basename } from "node:path";
import type { KernelFiles } from "@vimto/kernel";
import { gdb as device } from "@vimto/qemu";
import { shellJoin } from "../../settings/words.ts";
import type { Capability } from "../capability.ts";

/** QEMU's stub for gdb on a TCP port of the loopback interface. Throws QemuError "bad-value". */
export const gdb = (port: number): Capability => ({
  name: "gdb",
  devices: [device(port)],
  // Its purpose is breakpoints in the boot.
  template: "never",
});

/**
 * What to type in another terminal for a machine that waits for gdb. The symbols are those of the
 * kernel's debug package or of a vmlinux beside it, if there is one.
 */
export function gdbSentence(
  port: number,
  { image, symbols: found }: Pick<KernelFiles, "image" | "symbols">,
): string {
  const symbols = found ?? (basename(image).startsWith("vmlinux") ? image : undefined);
  const command = ["gdb", "-ex", `target remote localhost:${port}`];
  const typed = shellJoin(symbols === undefined ? command : [...command, symbols]);
  const without = symbols === undefined ? " (no vmlinux with symbols was found)" : "";
  return `the machine waits for gdb; in another terminal type: ${typed}${without}`;
}
