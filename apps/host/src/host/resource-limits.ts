import { readFileSync } from "node:fs";
import { RLIMIT_CORE, RLIMIT_NOFILE } from "@vimto/linux";

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

/** The guest's fs.nr_open: setrlimit(2) refuses more (kernel/sys.c, do_prlimit). */
const MOST_FILES = 1n << 20n;

/**
 * The caller's resource limits, for setrlimit(2) in the guest, with core dumps always on. They are this
 * process's own, but for the soft limit of open files, which Bun raises for itself: that is the parent's,
 * unless this process was given a lower one.
 */
export function callerLimits(
  read = (pid: number | "self") => readFileSync(`/proc/${pid}/limits`, "utf8"),
): Limit[] {
  const parent = parsed(() => read(process.ppid)).find(isOpenFiles);
  const own = parsed(() => read("self")).map((limit) =>
    isOpenFiles(limit) ? openFiles(limit.hard, parent?.soft ?? limit.soft) : limit,
  );
  return [{ resource: RLIMIT_CORE, soft: INFINITY, hard: INFINITY }, ...own];
}

const isOpenFiles = ({ resource }: Limit): boolean => resource === RLIMIT_NOFILE;
const lower = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const openFiles = (hard: bigint, soft: bigint): Limit => ({
  resource: RLIMIT_NOFILE,
  soft: lower(lower(soft, hard), MOST_FILES),
  hard: lower(hard, MOST_FILES),
});

/** Empty when they cannot be read, as for another user's process: the guest keeps its own. */
function parsed(read: () => string): Limit[] {
  let text: string;
  try {
    text = read();
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    const match = /^(Max [a-z ]+?)\s{2,}(\d+|unlimited)\s+(\d+|unlimited)/.exec(line);
    const resource = resources[match?.[1] ?? ""];
    if (resource === undefined) return [];
    const value = (written = "") => (written === "unlimited" ? INFINITY : BigInt(written));
    return [{ resource, soft: value(match?.[2]), hard: value(match?.[3]) }];
  });
}
