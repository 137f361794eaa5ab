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

const OPEN_FILES = 7;

/**
 * The caller's resource limits, for setrlimit(2) in the guest, with core dumps always on. Bun raises its
 * own soft limit of open files to the hard one: that of the parent counts, unless vimto was given another
 * hard limit than its parent has, as by `prlimit --nofile=512 vimto`.
 */
export function callerLimits(
  read = (process: string) => readFileSync(`/proc/${process}/limits`, "utf8"),
): Limit[] {
  const limits = limitsIn(read("self"));
  const own = limits.get(OPEN_FILES);
  const parents = limitsIn(readParents(read)).get(OPEN_FILES);
  if (parents !== undefined && parents.hard === own?.hard) limits.set(OPEN_FILES, parents);
  return [{ resource: RLIMIT_CORE, soft: INFINITY, hard: INFINITY }, ...limits.values()];
}

/** Empty for a parent of another user. */
function readParents(read: (process: string) => string): string {
  try {
    return read(`${process.ppid}`);
  } catch {
    return "";
  }
}

function limitsIn(text: string): Map<number, Limit> {
  const limits = new Map<number, Limit>();
  for (const line of text.split("\n")) {
    const match = /^(Max [a-z ]+?)\s{2,}(\d+|unlimited)\s+(\d+|unlimited)/.exec(line);
    const resource = resources[match?.[1] ?? ""];
    if (resource === undefined) continue;
    const value = (written = "") => (written === "unlimited" ? INFINITY : BigInt(written));
    limits.set(resource, { resource, soft: value(match?.[2]), hard: value(match?.[3]) });
  }
  return limits;
}
