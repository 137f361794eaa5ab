import { readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { memoryLimit } from "./memory-limit.ts";

/** Architectures of guests and hosts, as Go and OCI name them. */
export type Arch = "amd64" | "arm64";

/** What a machine can ask of this host at most. */
export interface HostLimits {
  /** What this process may use: the host's memory, or the limit of its control group. */
  readonly memoryBytes: number;
  /** Whether a control group is what limits it. */
  readonly limited: boolean;
  /** CPUs that are online, also those that this process is kept from with taskset(1). */
  readonly cpus: number;
  readonly arch: Arch;
}

export function hostLimits(): HostLimits {
  const total = totalmem();
  const limit = memoryLimit()?.bytes ?? total;
  return {
    memoryBytes: Math.min(total, limit),
    limited: limit < total,
    cpus: onlineCpus(),
    arch: process.arch === "arm64" ? "arm64" : "amd64",
  };
}

function onlineCpus(): number {
  try {
    return countCpuList(readFileSync("/sys/devices/system/cpu/online", "utf8"));
  } catch {
    return cpus().length;
  }
}

/** Counts a list such as "0-3,8\n" (the kernel's Documentation/admin-guide/cputopology.rst). */
export function countCpuList(list: string): number {
  return list
    .trim()
    .split(",")
    .map((range) => range.split("-").map(Number))
    .reduce((sum, [first = 0, last = first]) => sum + last - first + 1, 0);
}
