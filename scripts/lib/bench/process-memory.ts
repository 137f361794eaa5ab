import { readdirSync, readFileSync } from "node:fs";

/** Bytes, each the highest seen so far. */
export type Peak = {
  /** Resident, as the kernel itself keeps it. */
  readonly resident: number;
  /** Proportional: a page of n processes counts as 1/n. */
  readonly proportional: number;
  /** What would be free if the process ended. */
  readonly own: number;
};

const NONE: Peak = { resident: 0, proportional: 0, own: 0 };

/** What a process has now, or nothing when it is gone; proc(5), status and smaps_rollup. */
export function readPeak(pid: number): Peak {
  const status = read(`/proc/${pid}/status`);
  const rollup = read(`/proc/${pid}/smaps_rollup`);
  return {
    resident: kib(status, "VmHWM"),
    proportional: kib(rollup, "Pss"),
    own: kib(rollup, "Private_Clean") + kib(rollup, "Private_Dirty"),
  };
}

/** Follows a process and its children until it has ended. */
export class PeakWatch {
  #self = NONE;
  #child = NONE;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(pid: number, everyMs = 10) {
    this.#timer = setInterval(() => {
      this.#self = highest(this.#self, readPeak(pid));
      for (const child of childrenOf(pid)) this.#child = highest(this.#child, readPeak(child));
    }, everyMs);
  }

  /** The process's own peak, and that of its children, of which it has one at a time. */
  stop(): { readonly self: Peak; readonly child: Peak } {
    clearInterval(this.#timer);
    return { self: this.#self, child: this.#child };
  }
}

const highest = (a: Peak, b: Peak): Peak => ({
  resident: Math.max(a.resident, b.resident),
  proportional: Math.max(a.proportional, b.proportional),
  own: Math.max(a.own, b.own),
});

/** Children of all threads: any of them may have started one. */
export function childrenOf(pid: number): number[] {
  return list(`/proc/${pid}/task`).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number),
  );
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** A process that has ended has nothing to read. */
function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function kib(text: string, name: string): number {
  const value = new RegExp(`^${name}: +([0-9]+) kB$`, "m").exec(text.replaceAll("\t", " "))?.[1];
  return Number(value ?? 0) * 1024;
}
