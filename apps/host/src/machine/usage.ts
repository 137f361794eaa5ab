import { readdirSync, readFileSync } from "node:fs";

/** What a process has used until now (proc(5), /proc/PID/stat); zero where it is gone. */
export type Usage = {
  /** Pages that it waited for until they were read. */
  readonly majorFaults: number;
  /** In seconds. */
  readonly cpu: number;
};

/** USER_HZ (time(7)). */
const TICKS = 100;

export function usage(pid: number): Usage {
  const fields = statFields(`/proc/${pid}/stat`);
  const [majorFaults = 0, user = 0, system = 0] = [9, 11, 12].map((at) => Number(fields[at] ?? 0));
  return { majorFaults, cpu: (user + system) / TICKS };
}

/** Whether somebody has stopped a process, or one of its threads waits for a disk or a server of files. */
export const isHeldUp = (pid: number): boolean =>
  threads(pid).some((thread) => {
    const [state = ""] = statFields(`/proc/${pid}/task/${thread}/stat`);
    return /^[DTt]/.test(state);
  });

function threads(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** What stands behind the name of the program, which may have blanks. */
function statFields(path: string): readonly string[] {
  const stat = text(path);
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
