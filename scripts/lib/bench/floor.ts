import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { writeCpio } from "@vimto/archive/cpio";
import { Builder, emit } from "@vimto/asm";
import { ownArchitecture } from "@vimto/linux";
import type { TestKernel } from "../../../test/harness/kernels.ts";
import { qemuCommand, withInitramfs } from "./dry-run.ts";
import type { Place } from "./place.ts";

const REBOOT_MAGIC = [0xfee1dead, 672274793] as const;
const POWER_OFF = 0x4321fedc;
/** Console, monitor and channel of vimto's machines. */
export const SOCKETS = 3;

/**
 * QEMU's command line for the floor of a kernel: the machine that vimto boots, with an archive that
 * holds nothing but a program that powers off at once. Nothing that boots can take less.
 */
export async function floorCommand(place: Place, kernel: TestKernel): Promise<string[]> {
  const dryRun = Bun.spawn(
    [place.vimto, "--fresh", "--dry-run", "--kernel", kernel.path, "exec", "true"],
    { env: { ...process.env, ...place.environment }, stdin: "ignore", stderr: "inherit" },
  );
  const command = qemuCommand(await new Response(dryRun.stdout).text());
  if ((await dryRun.exited) !== 0) throw new Error("vimto --dry-run failed");
  const archive = join(place.directory, "floor.cpio");
  await writeFloor(archive);
  return withInitramfs(command, archive);
}

async function writeFloor(path: string): Promise<void> {
  const fd = openSync(path, "w");
  try {
    await writeCpio(fd, [
      { type: "directory", path: "dev", mode: 0o755 },
      { type: "char device", path: "dev/console", mode: 0o600, rdev: { major: 5, minor: 1 } },
      { type: "file", path: "init", mode: 0o755, content: powerOff() },
    ]);
  } finally {
    closeSync(fd);
  }
}

function powerOff(): Uint8Array {
  const program = new Builder();
  program.loop(() => {
    program.syscall("reboot", ...REBOOT_MAGIC, POWER_OFF, 0);
  });
  return emit(program.build(), ownArchitecture).bytes;
}
