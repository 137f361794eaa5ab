import { readFileSync } from "node:fs";
import { memoryLimit } from "../host/memory-limit.ts";

/** Below that, a group has no room for the code of QEMU and vimto, which is read again and again. */
const CODE_BYTES = 24 << 20;
/** Pages read from disk in a second: QEMU does nothing else. */
const MAJOR_FAULTS = 20;
const SECONDS = 10;

/** The memory that a control group leaves to QEMU, where one has a limit. */
export class MemoryRoom {
  readonly #limit = memoryLimit();
  readonly #killsBefore = this.#limit?.oomKills() ?? 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * Calls `exhausted` once this process has done nothing but read its own code from disk for 10 s. The
   * kernel kills nobody then, as each page that it drops is a success.
   */
  watch(pid: number, exhausted: () => void): void {
    const limit = this.#limit;
    if (limit === undefined) return;
    let faults = majorFaults(pid);
    let seconds = 0;
    this.#timer = setInterval(() => {
      const now = majorFaults(pid);
      const thrashes = now - faults >= MAJOR_FAULTS && limit.held() > limit.bytes - CODE_BYTES;
      faults = now;
      seconds = thrashes ? seconds + 1 : 0;
      if (seconds === SECONDS) exhausted();
    }, 1000);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Whether the kernel has killed a process of the group since this was made. */
  get killed(): boolean {
    return this.#limit !== undefined && this.#limit.oomKills() > this.#killsBefore;
  }
}

/** Pages that a process waited for until they were read: field 12 of /proc/PID/stat (proc(5)). */
function majorFaults(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[9]);
  } catch {
    return 0;
  }
}
