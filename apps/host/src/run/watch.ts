import { constants } from "node:os";
import { Failure } from "../failure.ts";
import type { Session } from "../session/session.ts";
import type { onSuspension } from "../system/suspension.ts";

/** A kernel that has not come up after so long never will, even where it is emulated. */
const BOOT_LIMIT_MS = 10 * 60 * 1000;

/**
 * How long the guest may take to send on a signal that ends a run: in ticks, so that time in which vimto itself
 * is stopped does not count.
 */
const SIGNAL_TICKS = 10;
const TICK_MS = 1000;

/** Signals that are passed on to the command. */
export const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;
export type Forwarded = (typeof FORWARDED)[number];
/** Those that end a run. */
const ENDING: readonly Forwarded[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/** Where signals come from. */
export type SignalSource = {
  /** Calls `listener` for each signal, until the returned function is called. */
  readonly subscribe: (listener: (name: Forwarded) => void) => () => void;
  /** Calls `before` when the user suspends vimto, which waits for it, and `after` when it goes on; the same. */
  readonly suspension?: typeof onSuspension | undefined;
};

/** The user ended the run. */
export class Interrupted extends Failure {
  /** The status that a shell gives for a process that the signal ended. */
  readonly status: number;
  /** Its number. */
  readonly signal: number;

  constructor(signal: Forwarded, text: string, console: readonly string[] = []) {
    super("interrupted", text, { console });
    this.signal = constants.signals[signal];
    this.status = 128 + this.signal;
  }
}

export type WatchLimits = {
  readonly timeoutMs: number | undefined;
  /** Whether the boot has a time limit. A machine that waits for a debugger has no limit. */
  readonly bootLimit: boolean;
};

/** What a watch needs of a session. */
export type WatchedSession = Pick<Session, "running" | "heard" | "signal" | "fail">;

/**
 * What ends a run from outside: signals and time. A signal goes to the command; a second one that comes a tenth
 * of a tick later or more, or one before the command runs, ends the machine. So does a signal that the guest
 * does not send on. SIGHUP may come several times for one closed terminal, from the shell and from the kernel, and
 * a command that ignores SIGHUP goes on. While vimto is suspended, the command is stopped.
 */
export class Watch {
  readonly #tickMs: number;
  readonly #ended = Promise.withResolvers<never>();
  readonly #release: (() => void)[] = [];
  readonly #abort = new AbortController();
  #what: "pull" | "machine" = "machine";
  #session: WatchedSession | undefined;
  #console: () => readonly string[] = () => [];
  /** When the first signal that ends a run came, in ms of the monotonic clock. */
  #signalledAt: number | undefined;
  #over = false;
  /** Whether the command was stopped because vimto was. */
  #stopped = false;

  /** `tickMs`: how long a tick takes. */
  constructor(signals: SignalSource, tickMs = TICK_MS) {
    this.#tickMs = tickMs;
    this.#ended.promise.catch(() => {});
    this.#release.push(signals.subscribe((name) => this.#signal(name)));
    const release = signals.suspension?.(
      () => this.#stop(),
      () => this.#continue(),
    );
    if (release !== undefined) this.#release.push(release);
  }

  /** Whether the run was ended from outside. */
  get over(): boolean {
    return this.#over;
  }

  /** Calls `fetch`. A signal that ends the run aborts it; the error is Interrupted then. */
  async fetching<Result>(fetch: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    this.#what = "pull";
    try {
      return await fetch(this.#abort.signal);
    } catch (error) {
      throw this.#abort.signal.aborted ? this.#abort.signal.reason : error;
    } finally {
      this.#what = "machine";
    }
  }

  /** From now on time counts: not before the kernel is on this machine. */
  limit({ timeoutMs, bootLimit }: WatchLimits): void {
    if (timeoutMs !== undefined) this.#after(timeoutMs, () => this.#end(this.#tooLong(timeoutMs)));
    if (bootLimit) this.#after(BOOT_LIMIT_MS, () => this.#bootLimit());
  }

  /** What the console of a machine that has not come up said last, for one that a signal ends. */
  observe(console: () => readonly string[]): void {
    this.#console = console;
  }

  /** From now on signals go to this session's command. */
  attach(session: WatchedSession): void {
    this.#session = session;
  }

  /** `promise`, unless the run is ended before that; then the Failure that says why. */
  guard<Result>(promise: Promise<Result>): Promise<Result> {
    return Promise.race([promise, this.#ended.promise]);
  }

  /** Ends the run for a user who asks for it in another way than by a signal. */
  stop(text: string): void {
    this.#end(new Failure("interrupted", text));
  }

  release(): void {
    for (const release of this.#release) release();
  }

  get #running(): boolean {
    return this.#session?.running === true;
  }

  #after(ms: number, run: () => void): void {
    const timer = setTimeout(run, ms);
    this.#release.push(() => clearTimeout(timer));
  }

  #signal(name: Forwarded): void {
    const ending = ENDING.includes(name);
    const session = this.#session;
    const first = this.#signalledAt;
    // One closed terminal may send several.
    if (name === "SIGHUP" && first !== undefined && !session?.running) return;
    if (session?.running && !(ending && first !== undefined && name !== "SIGHUP")) {
      if (ending) this.#signalledAt = performance.now();
      const sent = session.signal(constants.signals[name]);
      if (ending) this.#expectSent(name, sent);
    } else if (ending) {
      // timeout(1) sends its signal to its child and then to the child's process group.
      if (first !== undefined && performance.now() - first < this.#tickMs / 10) return;
      const console = session?.heard ? [] : this.#console();
      this.#end(new Interrupted(name, `the ${this.#what} was ended by ${name}`, console));
    }
  }

  /**
   * By SIGSTOP: the command leads a process group without a shell that could continue it, so that SIGTSTP would not stop
   * it (kernel/signal.c, get_signal). A guest that does not answer holds up nothing.
   */
  async #stop(): Promise<void> {
    const session = this.#session;
    if (!session?.running) return;
    this.#stopped = true;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#tickMs);
    await Promise.race([session.signal(constants.signals.SIGSTOP), late]);
    clearTimeout(timer);
  }

  #continue(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#session?.signal(constants.signals.SIGCONT);
  }

  /** A guest that hangs or sleeps takes no signal: the user wants the run to end, so it does. */
  #expectSent(name: Forwarded, sent: Promise<void>): void {
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
      if (ticks < SIGNAL_TICKS) return;
      clearInterval(timer);
      const seconds = (SIGNAL_TICKS * this.#tickMs) / 1000;
      this.#end(
        new Interrupted(
          name,
          `the guest did not answer for ${seconds} s after ${name}, so its machine was ended; it hangs or is suspended`,
        ),
      );
    }, this.#tickMs);
    this.#release.push(() => clearInterval(timer));
    sent.then(() => clearInterval(timer));
  }

  #tooLong(ms: number): Failure {
    const limit = `${ms / 1000} s (--timeout)`;
    const what = this.#running ? "command" : "run";
    return new Failure(
      "timeout",
      this.#session?.heard
        ? `the ${what} was ended because it took longer than ${limit}`
        : `the guest had not come up after ${limit}; --verbose shows its console`,
    );
  }

  #bootLimit(): void {
    if (this.#session?.heard) return;
    const minutes = BOOT_LIMIT_MS / 60_000;
    this.#end(
      new Failure(
        "boot",
        `the guest had not come up after ${minutes} minutes; --verbose shows its console`,
      ),
    );
  }

  #end(failure: Failure): void {
    this.#over = true;
    this.#session?.fail(failure);
    this.#abort.abort(failure);
    this.#ended.reject(failure);
  }
}
