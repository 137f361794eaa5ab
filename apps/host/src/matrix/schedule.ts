import { constants } from "node:os";
import type { Forwarded, SignalSource } from "../run/watch.ts";
import type { Cell, CellResult } from "./cell.ts";
import { notBegun } from "./verdict.ts";

export type CellRun = {
  /** Signals of the user, and the one that ends the run because of another. */
  readonly signals: SignalSource;
  /** Whether the run was told to end. */
  readonly stopped: () => boolean;
};

export type Schedule = {
  readonly cells: readonly Cell[];
  readonly jobs: number;
  readonly failFast: boolean;
  readonly signals: SignalSource;
  /** Called when no other cell is begun, because of a signal or of a cell that is not as expected. */
  readonly closed?: (() => void) | undefined;
  /** Runs a cell. Does not reject. */
  readonly run: (cell: Cell, around: CellRun) => Promise<CellResult>;
};

export type Scheduled = {
  /** In the order of the cells. */
  readonly results: readonly CellResult[];
  /** 128 and the signal by which the user ended it all. */
  readonly interrupted: number | undefined;
};

const ENDING: readonly Forwarded[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/** The exit status of vimto after a signal that ends runs; undefined for another signal. */
export const endingStatus = (name: Forwarded): number | undefined =>
  ENDING.includes(name) ? 128 + constants.signals[name] : undefined;

/**
 * Runs cells, at most `jobs` at once, in their order. A signal that ends a run goes to all that run, and no
 * other is begun; so it is with the first that is not as expected, when that ends all.
 */
export async function schedule(plan: Schedule): Promise<Scheduled> {
  const results = new Map<Cell, CellResult>();
  const listeners = new Set<(name: Forwarded) => void>();
  let interrupted: number | undefined;
  let over = false;
  const close = () => {
    if (!over) plan.closed?.();
    over = true;
  };
  const tell = (name: Forwarded) => {
    for (const listener of [...listeners]) listener(name);
  };
  const release = plan.signals.subscribe((name) => {
    const status = endingStatus(name);
    interrupted ??= status;
    if (status !== undefined) close();
    tell(name);
  });
  const signals: SignalSource = {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    suspension: plan.signals.suspension,
  };
  const waiting = plan.cells.filter(({ expected }) => expected.kind !== "skip");
  const worker = async () => {
    for (let cell = waiting.shift(); cell !== undefined && !over; cell = waiting.shift()) {
      const result = await plan.run(cell, { signals, stopped: () => over });
      results.set(cell, result);
      if (result.asExpected || !plan.failFast || over) continue;
      close();
      tell("SIGTERM");
    }
  };
  try {
    await Promise.all(Array.from({ length: plan.jobs }, worker));
  } finally {
    release();
  }
  for (const cell of plan.cells) {
    if (!results.has(cell)) results.set(cell, notBegun(cell));
  }
  return { results: plan.cells.flatMap((cell) => results.get(cell) ?? []), interrupted };
}
