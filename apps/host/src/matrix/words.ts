import type { CellResult, CellState } from "./cell.ts";

const states: Readonly<Record<CellState, string>> = {
  passed: "passed",
  failed: "FAILED",
  "timed-out": "TIMED OUT",
  "could-not-run": "COULD NOT RUN",
  skipped: "skipped",
  "not-run": "not run",
};

/** How a cell ended, in a few words; capitals where it is not as expected. */
export const stateText = (result: CellResult): string =>
  `${ownText(result)}${result.kept ? ", known from before" : ""}`;

function ownText({ state, asExpected, tries, cell: { expected } }: CellResult): string {
  if (state === "not-run" && tries > 0) return "ended";
  if (state === "failed" && asExpected) return "failed, as expected";
  if (state === "passed" && !asExpected)
    return expected.kind === "status"
      ? `PASSED, expected status ${expected.status}`
      : "PASSED, expected to fail";
  if (state === "failed" && expected.kind === "status")
    return `FAILED, expected status ${expected.status}`;
  return states[state];
}

/** "0.8 s", "12.3 s". */
export const secondsText = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
