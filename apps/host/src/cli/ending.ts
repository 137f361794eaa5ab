import { constants } from "node:os";

/** How vimto ends: by an exit status, or by a signal, as a caller looks at it (a shell's loop, make). */
export type Ending = number | { readonly signal: DeadlySignal };

/** Signals by which a user or a terminal ends a program. */
const deadly = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
export type DeadlySignal = (typeof deadly)[number];

/** For a command that a signal ended: the same end, where it is one by which users end programs. */
export function endingBy(signal: number, status: number): Ending {
  const name = deadly.find((candidate) => constants.signals[candidate] === signal);
  return name === undefined ? status : { signal: name };
}
