import { basename } from "node:path";
import type { KernelImage } from "../../kernels/image.ts";
import { shellJoin } from "../../settings/index.ts";

/**
 * What to type in another terminal for a machine that waits for gdb. The symbols are those of the
 * kernel's debug package or of a vmlinux beside it, else none.
 */
export function gdbSentence(port: number, { files }: Pick<KernelImage, "files">): string {
  const itself = basename(files.image).startsWith("vmlinux") ? files.image : undefined;
  const symbols = files.symbols ?? itself;
  const command = ["gdb", "-ex", `target remote localhost:${port}`];
  const typed = shellJoin(symbols === undefined ? command : [...command, symbols]);
  const without = symbols === undefined ? " (no vmlinux with symbols was found)" : "";
  return `the machine waits for gdb; in another terminal type: ${typed}${without}`;
}
