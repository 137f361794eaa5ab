import { constants } from "node:os";

/** How vimto ends: with an exit status or by a signal, which callers such as make and a shell's loop tell apart. */
export type Ending = number | { readonly signal: DeadlySignal };

/** Signals by which a user or a terminal ends a program. */
const deadly = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
export type DeadlySignal = (typeof deadly)[number];

/** The same signal for a command that one ended, if users end programs by it. */
export function endingBy(signal: number, status: number): Ending {
  const name = deadly.find((candidate) => constants.signals[candidate] === signal);
  return name === undefined ? status : { signal: name };
}
