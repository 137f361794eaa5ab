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
    this.#signal("SIGSTOP");
  }

  static async after(bytes: number, { mark }: Running): Promise<StoppedReader> {
    const isCat = ({ command }: { command: string }) => command === "cat";
    const cat = await until("cat runs", 60, () => markedProcesses(mark).find(isCat));
    await until(`cat has passed on ${bytes} bytes`, 120, () => written(cat.pid) >= bytes);
    return new StoppedReader(cat.pid);
  }

  goOn(): void {
    this.#signal("SIGCONT");
  }

  /** A reader that is gone has no more to read: what the run printed and ended with tells why. */
  #signal(signal: "SIGSTOP" | "SIGCONT"): void {
    try {
      process.kill(this.#pid, signal);
    } catch {}
  }
}

/** What the process has written so far (proc(5), /proc/PID/io); everything, when it is gone. */
function written(pid: number): number {
  try {
    return Number(/^wchar: ([0-9]+)$/m.exec(readFileSync(`/proc/${pid}/io`, "latin1"))?.[1]);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
