import { constants } from "node:os";
import { HANGS_AFTER_S } from "./deadline.ts";
import { noteEnd } from "./last-words.ts";
import { Output } from "./output.ts";
import { base, executable, sharedCache } from "./place.ts";
import { Traces } from "./traces.ts";

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the test's own environment; undefined removes. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What a pipe on stdin holds before it ends. */
  readonly input?: string | Uint8Array;
  /** Another stdin: a file, a descriptor, or a pipe that the test writes to. /dev/null if neither. */
  readonly stdin?: Bun.BunFile | number | "pipe";
  /** XDG_CACHE_HOME; the shared and warm one when not given. */
  readonly cache?: string;
  /** A command that runs vimto: ["setpriv", ...]. */
  readonly under?: readonly string[];
}

export interface RunResult {
  /** As a shell tells it: 128+N for a signal. */
  readonly status: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

const numbers: Readonly<Record<string, number>> = constants.signals;

/** A vimto that runs. */
export class Running extends Traces {
  readonly process: Bun.Subprocess<RunInput, "pipe", "pipe">;
  readonly stdout: Output;
  readonly stderr: Output;
  #hung = false;
  // From the start, so that a test that waits for a line ends too.
  readonly #hangs = setTimeout(() => {
    this.#hung = true;
    this.kill();
  }, HANGS_AFTER_S * 1000);

  constructor(args: readonly string[], options: RunOptions = {}) {
    super();
    const input = options.input === undefined ? undefined : Buffer.from(options.input);
    this.process = Bun.spawn([...(options.under ?? []), executable, ...args], {
      cwd: options.cwd ?? base,
      env: {
        ...process.env,
        ...this.environment,
        XDG_CACHE_HOME: options.cache ?? sharedCache,
        ...options.env,
      },
      stdin: input ?? options.stdin ?? "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.stdout = new Output(this.process.stdout);
    this.stderr = new Output(this.process.stderr);
  }

  /** Waits for the end; a vimto that hangs is killed and its output is in the error. */
  async result(): Promise<RunResult> {
    await Promise.all([this.process.exited, this.stdout.done, this.stderr.done]);
    clearTimeout(this.#hangs);
    if (this.#hung) {
      const printed = JSON.stringify([
        this.stdout.text.slice(-2000),
        this.stderr.text.slice(-2000),
      ]);
      throw new Error(`vimto hung for ${HANGS_AFTER_S} s; it had printed ${printed}`);
    }
    const { exitCode, signalCode } = this.process;
    const result = {
      status: exitCode ?? 128 + (signalCode === null ? 0 : (numbers[signalCode] ?? 0)),
      stdout: this.stdout.bytes,
      stderr: this.stderr.text,
    };
    noteEnd(result);
    return result;
  }

  override kill(): void {
    clearTimeout(this.#hangs);
    super.kill();
  }
}

type RunInput = Uint8Array | number | Bun.BunFile | "pipe" | "ignore";

/** Runs vimto to its end, and checks that it leaves no process and no temporary file. */
export async function vimto(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const running = new Running(args, options);
  const result = await running.result();
  await running.leavesNothing();
  return result;
}
