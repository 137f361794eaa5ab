import { constants } from "node:os";
import { Failure } from "../failure.ts";
import type { Session } from "./session.ts";

/** A kernel that has not come up after so long never will, even where it is emulated. */
const BOOT_LIMIT_MS = 10 * 60 * 1000;

const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;
const ENDING: readonly string[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/** Signals go to the command; a second one, or one before it runs, ends the machine. So does time. */
export function watch(session: Session, timeoutMs: number | undefined): () => void {
  let interrupted = false;
  const handlers = FORWARDED.map((name) => {
    const handler = () => {
      const number = constants.signals[name];
      if (session.running && !(interrupted && ENDING.includes(name))) {
        interrupted ||= ENDING.includes(name);
        session.signal(number);
      } else if (ENDING.includes(name)) session.fail(new Interrupted(name));
    };
    process.on(name, handler);
    return () => process.off(name, handler);
  });
  const timers: ReturnType<typeof setTimeout>[] = [];
  const after = (ms: number, run: () => void) => timers.push(setTimeout(run, ms));
  if (timeoutMs !== undefined) {
    const limit = `${timeoutMs / 1000} s`;
    after(timeoutMs, () =>
      session.fail(
        new Failure(
          "timeout",
          session.running
            ? `the command was ended because it took longer than ${limit} (--timeout)`
            : `the guest had not come up after ${limit} (--timeout); --verbose shows its console`,
        ),
      ),
    );
  }
  after(BOOT_LIMIT_MS, () => {
    if (session.running) return;
    session.fail(
      new Failure(
        "boot",
        `the kernel did not start vimto's guest init within ${BOOT_LIMIT_MS / 60000} minutes`,
      ),
    );
  });
  return () => {
    for (const off of handlers) off();
    for (const timer of timers) clearTimeout(timer);
  };
}

/** The user ended the run. */
export class Interrupted extends Failure {
  readonly status: number;

  constructor(signal: "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGQUIT" | "SIGUSR1" | "SIGUSR2") {
    super("interrupted", `the machine was ended by ${signal}`);
    this.status = 128 + constants.signals[signal];
  }
}
