import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { leftFiles } from "./files.ts";
import { base } from "./place.ts";
import { killMarked, markedProcesses } from "./processes.ts";
import { until } from "./until.ts";

let count = 0;

/** What one run starts and writes: `mark` names its processes and every temporary file. */
export class Traces {
  readonly mark = `vimto-mark-${process.pid}-${++count}-${Math.random().toString(36).slice(2)}`;
  readonly temporary = join(base, "tmp", this.mark);

  constructor() {
    mkdirSync(this.temporary, { recursive: true, mode: 0o777 });
  }

  /** What the environment of the run must have. */
  get environment() {
    return { VIMTO_TEST_MARK: this.mark, TMPDIR: this.temporary };
  }

  /** Kills vimto and all it started, for the end of a test that failed. */
  kill(): void {
    killMarked(this.mark);
  }

  /** Throws unless every process of the run ends, within longer than a busy machine needs, and no file is left. */
  async leavesNothing(seconds = 120): Promise<void> {
    try {
      await until(
        "the run's processes end",
        seconds,
        () => markedProcesses(this.mark).length === 0,
      );
    } catch {
      const left = markedProcesses(this.mark).map(({ pid, command }) => `${pid}: ${command}`);
      killMarked(this.mark);
      throw new Error(`still running ${seconds} s after the end of vimto:\n${left.join("\n")}`);
    }
    const files = leftFiles(this.temporary);
    if (files.length > 0) throw new Error(`left in TMPDIR:\n${files.join("\n")}`);
  }
}
