import { readFileSync } from "node:fs";

export type Limit = { readonly resource: number; readonly soft: bigint; readonly hard: bigint };

const INFINITY = 0xffff_ffff_ffff_ffffn;

/** The names in proc(5), limits, and the RLIMIT_* of include/uapi/asm-generic/resource.h. */
const resources: Readonly<Record<string, number>> = {
  "Max cpu time": 0,
  "Max file size": 1,
  "Max stack size": 3,
  "Max processes": 6,
  "Max open files": 7,
  "Max locked memory": 8,
  "Max file locks": 10,
  "Max pending signals": 11,
  "Max msgqueue size": 12,
  "Max nice priority": 13,
  "Max realtime priority": 14,
  "Max realtime timeout": 15,
};

const RLIMIT_CORE = 4;

/**
 * The caller's resource limits, for setrlimit(2) in the guest, with core dumps always on. They are read
 * from the parent of this process, because Bun raises the limit of open files for itself.
 */
export function callerLimits(
  read = () => readFileSync(`/proc/${process.ppid}/limits`, "utf8"),
): Limit[] {
  const limits: Limit[] = [{ resource: RLIMIT_CORE, soft: INFINITY, hard: INFINITY }];
  let text: string;
  try {
    text = read();
  } catch {
    // A parent of another user: the guest's own limits stay.
    return limits;
  }
  for (const line of text.split("\n")) {
    const match = /^(Max [a-z ]+?)\s{2,}(\d+|unlimited)\s+(\d+|unlimited)/.exec(line);
    const resource = resources[match?.[1] ?? ""];
    if (resource === undefined) continue;
    const value = (written = "") => (written === "unlimited" ? INFINITY : BigInt(written));
    limits.push({ resource, soft: value(match?.[2]), hard: value(match?.[3]) });
  }
  return limits;
}
