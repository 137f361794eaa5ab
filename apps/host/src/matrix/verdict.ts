import { Failure } from "../failure.ts";
import { sentence } from "../report/status.ts";
import type { RunResult } from "../run/result.ts";
import type { Cell, CellResult, CellState, Expectation } from "./cell.ts";

/** The parts of a run's result that decide a verdict. */
export type Ended = Pick<RunResult, "outcome" | "status" | "reason" | "release" | "moments">;

export type Circumstances = Pick<CellResult, "output" | "tests" | "testsLeftOut"> & {
  /** The line of the output that tells most of a failure; "" without one. */
  readonly failingLine: string;
  readonly tries: number;
  /** Whether it was ended because of the others, or by the user. */
  readonly stopped: boolean;
};

/** The result of a cell whose run has ended. */
export function verdict(
  cell: Cell,
  { outcome, status, reason, release, moments }: Ended,
  { failingLine, tries, stopped, ...told }: Circumstances,
): CellResult {
  const started = moments.get("command-started");
  const ended = moments.get("command-ended") ?? moments.get("machine-ended");
  const timedOut = started !== undefined && reason instanceof Failure && reason.code === "timeout";
  const state: CellState =
    stopped && outcome !== "passed" ? "not-run" : timedOut ? "timed-out" : outcome;
  const said = reason === undefined ? undefined : sentence(reason);
  const resolved = moments.get("resolved");
  return {
    cell,
    state,
    asExpected: isExpected(cell.expected, state, status),
    crashed: outcome === "could-not-run" && started !== undefined && died(reason),
    kept: false,
    status,
    release,
    bootMs: started === undefined || resolved === undefined ? undefined : started - resolved,
    runMs: started === undefined || ended === undefined ? undefined : ended - started,
    reason: said,
    console: reason instanceof Failure ? reason.console : [],
    firstFailing: state === "passed" ? "" : (said ?? failingLine),
    tries,
    ...told,
  };
}

/** The result of a cell whose run did not begin. */
export const notBegun = (cell: Cell): CellResult => {
  const skipped = cell.expected.kind === "skip";
  const reason = cell.expected.kind === "skip" ? cell.expected.reason : undefined;
  return {
    cell,
    state: skipped ? "skipped" : "not-run",
    asExpected: skipped,
    crashed: false,
    kept: false,
    status: undefined,
    release: undefined,
    bootMs: undefined,
    runMs: undefined,
    reason,
    console: [],
    firstFailing: reason ?? "",
    tries: 0,
    output: { text: "", bytes: 0 },
    tests: [],
    testsLeftOut: 0,
  };
};

/** Whether the run ended because its guest did. */
const died = (reason: unknown): boolean =>
  reason instanceof Failure &&
  ["channel", "panic", "powered-off", "guest-init"].includes(reason.code);

function isExpected(expected: Expectation, state: CellState, status: number): boolean {
  const ran = state === "passed" || state === "failed";
  switch (expected.kind) {
    case "pass":
      return state === "passed";
    case "fail":
      return state === "failed";
    case "status":
      return ran && status === expected.status;
    case "skip":
      return true;
  }
}

/** 0 when all are as expected, 1 when a command did otherwise, 125 when a kernel could not run. */
export function matrixStatus(
  results: readonly Pick<CellResult, "asExpected" | "state">[],
): 0 | 1 | 125 {
  const wrong = results.filter(({ asExpected }) => !asExpected);
  if (wrong.some(({ state }) => state === "could-not-run")) return 125;
  return wrong.length > 0 ? 1 : 0;
}

/** Whether a machine died before its guest was up, so that another try may do better. */
export function diedInBoot({ outcome, reason, moments }: Ended): boolean {
  if (outcome !== "could-not-run" || !(reason instanceof Failure)) return false;
  if (moments.has("guest-up") || moments.has("resumed")) return false;
  return ["qemu", "channel", "panic", "powered-off", "guest-init", "boot"].includes(reason.code);
}
