import { constants } from "node:os";

/** How vimto ends: with an exit status or by a signal, which callers such as make and a shell's loop tell apart. */
export type Ending =
  | number
  | {
      readonly signal: DeadlySignal;
      /** Whether its process group ends with it, as by a key of the terminal. */
      readonly group: boolean;
    };

/** Signals by which a user or a terminal ends a program. */
const deadly = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
export type DeadlySignal = (typeof deadly)[number];

/**
 * The same signal for a command that one ended, if users end programs by it. `typed`: Ctrl-C was typed on a raw
 * terminal, which sent no signal, so the script or the make in which vimto runs gets the signal now.
 */
export function endingBy(signal: number, status: number, typed = false): Ending {
  const name = deadly.find((candidate) => constants.signals[candidate] === signal);
  return name === undefined ? status : { signal: name, group: typed && name === "SIGINT" };
}
