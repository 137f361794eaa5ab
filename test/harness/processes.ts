import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface Process {
  readonly pid: number;
  readonly command: string;
}

const read = (path: string): string => {
  try {
    return readFileSync(path, "latin1");
  } catch {
    // It ended meanwhile, or it is a kernel thread or another user's.
    return "";
  }
};

/**
 * Processes that were started under a mark: its text is in their environment (VIMTO_TEST_MARK,
 * which children inherit), on their command line, or in the path of a file they hold open.
 * Zombies are not counted: only their parent can end them.
 */
export function markedProcesses(mark: string): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => isMarked(pid, mark))
    .map((pid) => ({
      pid: Number(pid),
      command: read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim(),
    }));
}

function isMarked(pid: string, mark: string): boolean {
  if (/^State:\tZ/m.test(read(`/proc/${pid}/status`))) return false;
  return (
    read(`/proc/${pid}/environ`).includes(mark) ||
    read(`/proc/${pid}/cmdline`).includes(mark) ||
    openFiles(pid).some((path) => path.includes(mark))
  );
}

function openFiles(pid: string): string[] {
  try {
    const directory = `/proc/${pid}/fd`;
    return readdirSync(directory).map((fd) => readlinkSync(`${directory}/${fd}`));
  } catch {
    return [];
  }
}

/** Kills what a failed test left behind, so that later tests have the machine for themselves. */
export function killMarked(mark: string): void {
  for (const { pid } of markedProcesses(mark)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself.
    }
  }
}

/** Peak resident memory of a running process in bytes: VmHWM of /proc/PID/status. */
export function peakMemory(pid: number): number {
  const kib = /^VmHWM:\s+([0-9]+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1];
  if (kib === undefined) throw new Error(`process ${pid} has no VmHWM: has it ended?`);
  return Number(kib) * 1024;
}
