import { shellSplit } from "../../../apps/host/src/settings/words.ts";

/** The words of QEMU's command line in what `vimto --dry-run` prints. */
export function qemuCommand(dryRun: string): string[] {
  const after = dryRun.split("# QEMU\n")[1];
  const line = after?.slice(0, after.indexOf("\n\n"));
  if (line === undefined || line === "")
    throw new Error(`vimto --dry-run printed no QEMU command line: ${dryRun}`);
  return shellSplit(line, "the QEMU command line");
}

/** The same command with another initramfs. */
export function withInitramfs(command: readonly string[], path: string): string[] {
  const place = command.indexOf("-initrd");
  if (place < 0) throw new Error(`a QEMU command line without -initrd: ${command.join(" ")}`);
  return command.with(place + 1, path);
}
