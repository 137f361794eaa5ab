import { readFileSync } from "node:fs";
import { memoryLimit } from "../host/memory-limit.ts";
import { usage } from "./usage.ts";

/** Below that, a group has no room for the code of QEMU and vimto, which is read again and again. */
const CODE_BYTES = 24 << 20;
/** Pages read from disk in a second, and the CPU time that leaves QEMU, in seconds: 300 and 0.1 were seen. */
const THRASHES = { majorFaults: 50, cpu: 0.3 } as const;
const SECONDS = 10;

/** What a process met that the kernel has killed in such a group, and the way out. */
export const LIMIT_REACHED =
  "the memory limit of this container or control group is reached; raise it, or let the guest use less";

/** The memory that a control group leaves to QEMU, where one has a limit. */
export class MemoryRoom {
  readonly #limit = memoryLimit();
  readonly #killsBefore = this.#limit?.oomKills() ?? 0;
  #timer: NodeJS.Timeout | undefined;

  /**
   * Calls `exhausted` once this process has done nothing but read its own code from disk for 10 s. The kernel
   * kills nobody then, as each page that it drops is a success. With swap, a process that waits for it still
   * makes progress.
   */
  watch(pid: number, exhausted: () => void): void {
    const limit = this.#limit;
    if (limit === undefined || hasSwap()) return;
    let before = usage(pid);
    let seconds = 0;
    this.#timer = setInterval(() => {
      const now = usage(pid);
      const thrashes =
        now.majorFaults - before.majorFaults >= THRASHES.majorFaults &&
        now.cpu - before.cpu < THRASHES.cpu &&
        limit.held() > limit.bytes - CODE_BYTES;
      before = now;
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

/** /proc/swaps has a line of titles. */
const hasSwap = (): boolean => text("/proc/swaps").trim().split("\n").length > 1;

function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
