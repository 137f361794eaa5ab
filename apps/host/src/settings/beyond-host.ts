import type { HostLimits } from "../host/machine-size.ts";
import { showSize } from "./memory.ts";
import type { Settings } from "./settings.ts";

/** Whole sentences about a machine that is larger than its host, which works and may be slow. */
export function beyondHost(
  { cpus, memoryBytes }: Pick<Settings, "cpus" | "memoryBytes">,
  host: HostLimits,
): string[] {
  const sentences: string[] = [];
  if (cpus > host.cpus)
    sentences.push(`the guest has ${cpus} CPUs, which take turns on the ${host.cpus} of this host`);
  if (memoryBytes > host.memoryBytes)
    sentences.push(
      `the guest may use ${showSize(memoryBytes)}, and this host has ${showSize(host.memoryBytes)}: what the guest uses must fit`,
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
