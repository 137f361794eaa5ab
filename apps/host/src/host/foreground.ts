import { readdirSync, readFileSync } from "node:fs";

type Stat = {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** 0 for a process without a terminal. */
  readonly terminal: number;
  /** The process group that the terminal's signals go to. */
  readonly foreground: number;
};

/** /proc/PID/stat (proc(5)); a program's name may hold blanks and parentheses. */
export function parseStat(text: string): Stat {
  const [pid = 0] = text.split(" ", 1).map(Number);
  const fields = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const [, parent = 0, group = 0, , terminal = 0, foreground = 0] = fields;
  return { pid, parent, group, terminal, foreground };
}

function stat(pid: number | string): Stat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    // Gone meanwhile.
    return undefined;
  }
}

/** Whether a key such as Ctrl-C sends its signal to this process, and to all of its group. */
export function inForeground(own = stat("self")): boolean {
  return own !== undefined && own.terminal !== 0 && own.foreground === own.group;
}

/** Whether this process may change its terminal: a job in the background would be stopped for it. */
export function mayChangeTerminal(own = stat("self")): boolean {
  return own !== undefined && (own.terminal === 0 || own.foreground === own.group);
}

/** `pid` and those of its descendants that are in its process group. */
export function family(pid: number, all: readonly Stat[] = everybody()): number[] {
  const group = all.find((one) => one.pid === pid)?.group;
  const members = [pid];
  for (const member of members)
    for (const one of all) if (one.parent === member && one.group === group) members.push(one.pid);
  return group === undefined ? [] : members;
}

const everybody = (): Stat[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => stat(name) ?? []);
