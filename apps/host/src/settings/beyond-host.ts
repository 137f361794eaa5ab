import type { HostLimits } from "../host/machine-size.ts";
import { MACHINE_BYTES, showSize } from "./memory.ts";
import type { Settings } from "./settings.ts";

/** A sentence about a control group whose limit on memory is too low for any guest. */
export const belowMachine = ({ limited, memoryBytes }: HostLimits): string | undefined =>
  limited && memoryBytes < MACHINE_BYTES
    ? `the memory limit here is ${showSize(memoryBytes)}, and vimto, QEMU and the kernel of a guest need ${showSize(MACHINE_BYTES)}; raise the limit of this container or control group`
    : undefined;

/** Whole sentences about a machine that is larger than its host, which works and may be slow. */
export function beyondHost(
  { cpus, memoryBytes }: Pick<Settings, "cpus" | "memoryBytes">,
  host: HostLimits,
): string[] {
  const sentences: string[] = [];
  if (cpus > host.cpus)
    sentences.push(`the guest has ${cpus} CPUs, which take turns on the ${host.cpus} of this host`);
  const room = host.limited ? host.memoryBytes - MACHINE_BYTES : host.memoryBytes;
  const has = showSize(host.memoryBytes);
  if (memoryBytes > room)
    sentences.push(
      host.limited
        ? `the guest may use ${showSize(memoryBytes)}, and the memory limit here is ${has}, of which vimto, QEMU and the guest's kernel need ${showSize(MACHINE_BYTES)}: what the guest uses must fit`
        : `the guest may use ${showSize(memoryBytes)}, and this host has ${has}: what the guest uses must fit`,
    );
  return sentences;
}

/** A whole sentence about a kernel that brings up fewer CPUs than the machine has. */
export function beyondKernel(
  { cpus: wanted }: Pick<Settings, "cpus">,
  {
    text,
    cpus = Number.POSITIVE_INFINITY,
  }: { readonly text: string; readonly cpus: number | undefined },
): string[] {
  if (wanted <= cpus) return [];
  const few = cpus === 1 ? "one CPU" : `${cpus} CPUs`;
  return [
    `the kernel ${JSON.stringify(text)} brings up no more than ${few} (CONFIG_NR_CPUS), and not the ${wanted} that smp asks for`,
  ];
}
