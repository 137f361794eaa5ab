import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { identityKey } from "@vimto/qemu";
import { fileIdentity, keyOf } from "../cache/identity.ts";
import type { Qemu } from "../host/qemu.ts";
import type { Initramfs } from "../machine/initramfs.ts";
import { type MachineSpec, machineCommandLine } from "../machine/spec.ts";
import { VERSION } from "../version.ts";

export type KeyInputs = {
  readonly qemu: Qemu;
  /** The kernel as the user has it. */
  readonly kernel: string;
  readonly initramfs: Pick<Initramfs, "key">;
  /** The machine as a template has it, with "/" as the directory of all shares: no path is part of the key. */
  readonly keySpec: MachineSpec;
};

/** The name of a template in the cache: another one for everything that makes another machine. */
export function templateKey({ qemu, kernel, initramfs, keySpec }: KeyInputs): string {
  const [cpu] = cpus();
  // The paths of kernel and RAM do not count: the kernel counts by its identity, and RAM is a descriptor.
  const { arguments: args } = machineCommandLine({
    ...keySpec,
    kernel: "/",
    initramfs: undefined,
    memoryFile: { path: "/", share: false },
  });
  return keyOf(
    VERSION,
    fileIdentity(kernel),
    initramfs.key,
    identityKey(qemu.identity),
    JSON.stringify(qemu.version),
    // Templates do not outlive a restart of the host: so they can be used before they are on the disk, and a
    // crash of the host cannot leave half of one.
    hostBoot(),
    cpu?.model ?? "",
    cpuFlags(),
    ...args,
  );
}

/** The same until the host starts again. */
export const hostBoot = (): string =>
  readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();

function cpuFlags(): string {
  try {
    return /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "";
  } catch {
    return "";
  }
}
