import { readFileSync } from "node:fs";
import { markedProcesses } from "./processes.ts";
import { until } from "./until.ts";
import type { Running } from "./vimto.ts";

/** For bash: passes on so many bytes of stdin and stops itself; when it goes on, it passes on the rest. */
export const stoppingReader = (bytes: number) =>
  `{ head -c ${bytes}; kill -STOP $BASHPID; exec cat; }`;

/** Puts a reader between vimto's stdout and the test that stops after so many bytes. */
export const throughReader = (bytes: number) => [
  ...["bash", "-c", `set -o pipefail; "$@" | ${stoppingReader(bytes)}`, "bash"],
];

/** A reader of vimto's stdout that has stopped itself. */
export class StoppedReader {
  readonly #pid: number;

  private constructor(pid: number) {
    this.#pid = pid;
  }

  /** Waits until it has. */
  static async of({ mark }: Running): Promise<StoppedReader> {
    const { pid } = await until("the reader stops", 500, () =>
      markedProcesses(mark).find((process) => isStopped(process.pid)),
    );
    return new StoppedReader(pid);
  }

  goOn(): void {
    process.kill(this.#pid, "SIGCONT");
  }
}

function isStopped(pid: number): boolean {
  try {
    return /^State:\tT/m.test(readFileSync(`/proc/${pid}/status`, "latin1"));
  } catch {
    return false;
  }
}
