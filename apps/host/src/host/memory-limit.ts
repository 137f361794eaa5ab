import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Files of a control group. */
type Controller = {
  /** The limit in bytes. */
  readonly limit: string;
  /** The field of memory.stat with the bytes, of the group and those below, that only swap could free. */
  readonly held: readonly string[];
  /** The file with the line `oom_kill N`. */
  readonly events: string;
};

/** Documentation/admin-guide/cgroup-v2.rst, and cgroup-v1/memory.rst. */
const V2: Controller = { limit: "memory.max", held: ["anon", "shmem"], events: "memory.events" };
const V1: Controller = {
  limit: "memory.limit_in_bytes",
  held: ["total_rss", "total_shmem"],
  events: "memory.oom_control",
};

/** The directories of this process's control group and those above it, own first. */
type Groups = { readonly controller: Controller; readonly directories: readonly string[] };

/** Of the control groups that apply to this process, the one with the lowest limit on memory. */
export type MemoryLimit = {
  readonly bytes: number;
  /** Bytes of its processes that the kernel cannot free: it has no room for them elsewhere. */
  readonly held: () => number;
  /** How many processes of this process's own group the kernel has killed for want of memory. */
  readonly oomKills: () => number;
};

/**
 * The lowest limit of this process's control groups, v1 and v2; undefined without one.
 *
 * @param read returns a file's text; throws where it cannot
 */
export function memoryLimit(read = readText): MemoryLimit | undefined {
  const limits = memoryGroups(read).flatMap(({ controller, directories }) =>
    directories.map((directory) => ({
      controller,
      directory,
      own: directories[0] ?? directory,
      bytes: number(attempt(read, join(directory, controller.limit))),
    })),
  );
  // v1 says "no limit" by the largest multiple of the page size.
  const [lowest] = limits
    .filter(({ bytes }) => bytes < Number.MAX_SAFE_INTEGER)
    .sort((one, other) => one.bytes - other.bytes);
  if (lowest === undefined) return undefined;
  const { bytes, controller, directory, own } = lowest;
  return {
    bytes,
    held: () => sum(attempt(read, join(directory, "memory.stat")), controller.held),
    oomKills: () => sum(attempt(read, join(own, controller.events)), ["oom_kill"]),
  };
}

/** The sum of these fields of a file with a field and its number on each line. */
const sum = (text: string, fields: readonly string[]): number =>
  fields
    .map((field) => Number(new RegExp(`^${field} (\\d+)$`, "m").exec(text)?.[1] ?? 0))
    .reduce((total, each) => total + each, 0);

/** proc(5), /proc/PID/cgroup and /proc/PID/mountinfo. */
function memoryGroups(read: typeof readText): Groups[] {
  const memberships = attempt(read, "/proc/self/cgroup").split("\n");
  const mounts = attempt(read, "/proc/self/mountinfo").split("\n");
  return memberships.flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) return [];
    const v2 = controllers === "";
    if (!v2 && !controllers.split(",").includes("memory")) return [];
    const mount = mounts
      .map(parseMount)
      .find(
        (each) =>
          each !== undefined &&
          (v2
            ? each.type === "cgroup2"
            : each.type === "cgroup" && each.options.includes("memory")),
      );
    if (mount === undefined) return [];
    return { controller: v2 ? V2 : V1, directories: upwards(mount.point, below(mount.root, path)) };
  });
}

/** Where a group is below a mount of its hierarchy; "/" when the mount shows another part, as in a container. */
const below = (root: string, path: string): string => {
  if (root === "/") return path;
  return path === root || path.startsWith(`${root}/`) ? path.slice(root.length) : "/";
};

function upwards(point: string, path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return Array.from({ length: parts.length + 1 }, (_, index) =>
    join(point, ...parts.slice(0, parts.length - index)),
  );
}

/** `36 35 98:0 /root /point options [fields] - type source super-options` */
function parseMount(line: string) {
  const [left = "", right] = line.split(" - ");
  const [, , , root, point] = left.split(" ");
  if (right === undefined || root === undefined || point === undefined) return undefined;
  const [type = "", , options = ""] = right.split(" ");
  return { root, point, type, options: options.split(",") };
}

/** "max" and a missing file mean no limit. */
const number = (text: string): number =>
  /^\d+\s*$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;

function attempt(read: typeof readText, path: string): string {
  try {
    return read(path);
  } catch {
    return "";
  }
}

const readText = (path: string): string => readFileSync(path, "utf8");
