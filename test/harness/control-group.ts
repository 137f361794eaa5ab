import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "./until.ts";

/** A control group of the host, with a limit on memory, for those that run `under` it. */
export class MemoryGroup implements AsyncDisposable {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Undefined where this user may not make one. */
  static of(bytes: number): MemoryGroup | undefined {
    const v1 = "/sys/fs/cgroup/memory";
    const [top, limit] = existsSync(v1)
      ? [v1, "memory.limit_in_bytes"]
      : ["/sys/fs/cgroup", "memory.max"];
    const directory = join(top, `vimto-test-${process.pid}-${Math.random().toString(36).slice(2)}`);
    try {
      mkdirSync(directory);
      writeFileSync(join(directory, limit), `${bytes}`);
      return new MemoryGroup(directory);
    } catch {
      if (existsSync(directory)) rmdirSync(directory);
      return undefined;
    }
  }

  /** Put in front of a command, these words run it in the group. */
  get under(): readonly string[] {
    return ["sh", "-c", 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"', "sh", this.#directory];
  }

  /** A group goes when its last process has been reaped. */
  async [Symbol.asyncDispose](): Promise<void> {
    await until(`${this.#directory} can be removed`, 60, () => {
      try {
        rmdirSync(this.#directory);
        return true;
      } catch {
        return false;
      }
    });
  }
}
