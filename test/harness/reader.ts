import { readFileSync } from "node:fs";
import { markedProcesses } from "./processes.ts";
import { until } from "./until.ts";
import type { Running } from "./vimto.ts";

/** Puts a `cat` between vimto's stdout and the test, so that there is a reader to stop. */
export const throughCat = ["bash", "-c", 'set -o pipefail; "$@" | cat', "bash"];

/** The `cat` that reads vimto's stdout, stopped once it has passed on so many bytes. */
export class StoppedReader {
  readonly #pid: number;

  private constructor(pid: number) {
    this.#pid = pid;
    process.kill(pid, "SIGSTOP");
  }

  static async after(bytes: number, { mark }: Running): Promise<StoppedReader> {
    const isCat = ({ command }: { command: string }) => command === "cat";
    const cat = await until("cat runs", 60, () => markedProcesses(mark).find(isCat));
    await until(`cat has passed on ${bytes} bytes`, 120, () => written(cat.pid) >= bytes);
    return new StoppedReader(cat.pid);
  }

  goOn(): void {
    process.kill(this.#pid, "SIGCONT");
  }
}

/** What the process has written so far (proc(5), /proc/PID/io). */
function written(pid: number): number {
  return Number(/^wchar: ([0-9]+)$/m.exec(readFileSync(`/proc/${pid}/io`, "latin1"))?.[1]);
}
