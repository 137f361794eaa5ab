import { device, type Emulation, hasFault } from "@vimto/qemu";
import type { Capability } from "../capability.ts";
import { writeSetting } from "../write-setting.ts";

/**
 * The kernel starts with one processor and gets the others when it is up, where QEMU may lose changes that one
 * processor makes to the code of another: a kernel changes most of its code while it starts. Undefined where that is not
 * needed, and where the user says how many processors the kernel starts with.
 *
 * Source: the kernel's admin-guide/kernel-parameters.txt (maxcpus), core-api/cpu_hotplug.rst.
 *
 * @param cpus processors of the machine, from 1
 * @param append what the user adds to the kernel's command line
 */
export function lateProcessors(
  emulation: Emulation,
  cpus: number,
  append: readonly string[],
): Capability | undefined {
  const users = append.flatMap((text) => text.split(/\s+/));
  if (cpus === 1 || !hasFault("staleCode", emulation)) return undefined;
  if (users.some((word) => /^(?:maxcpus=|nosmp$)/.test(word))) return undefined;
  return {
    name: "late processors",
    devices: [device([], ["maxcpus=1"])],
    boot: (script) => {
      for (let cpu = 1; cpu < cpus; cpu++)
        writeSetting(script, `/sys/devices/system/cpu/cpu${cpu}/online`, "1");
    },
    template: "own",
  };
}
