import { readFileSync } from "node:fs";

/** What a process has used until now (proc(5), /proc/PID/stat); nothing where it is gone. */
export type Usage = {
  /** Pages that it waited for until they were read. */
  readonly majorFaults: number;
  /** In seconds. */
  readonly cpu: number;
  /** Whether somebody has stopped it. */
  readonly stopped: boolean;
};

/** USER_HZ (time(7)). */
const TICKS = 100;

export function usage(pid: number): Usage {
  const stat = text(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [majorFaults = 0, user = 0, system = 0] = [fields[9], fields[11], fields[12]].map(Number);
  return {
    majorFaults,
    cpu: (user + system) / TICKS,
    stopped: fields[0] === "T" || fields[0] === "t",
  };
}

function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
