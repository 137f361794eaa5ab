import type { Settings } from "../settings/settings.ts";
import type { SubTest } from "./sub-tests.ts";

/** What a run on a kernel is expected to do. */
export type Expectation =
  | { readonly kind: "pass" | "fail" }
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "skip"; readonly reason: string };

/** One kernel of many, and how the command runs on it. */
export type Cell = {
  /** What the table calls it; no two are the same. */
  readonly name: string;
  /** With this kernel alone. */
  readonly settings: Settings;
  /** Variables of the command, besides the caller's. */
  readonly environment: Readonly<Record<string, string>>;
  readonly expected: Expectation;
  /** Whether the settings file lists it, so that another vimto finds it there by its name. */
  readonly listed: boolean;
};

export type CellState =
  | "passed"
  /** The command ended with another status than 0. */
  | "failed"
  /** The command ran longer than --timeout. */
  | "timed-out"
  /** There was no guest, or it died. */
  | "could-not-run"
  /** It is expected not to work there. */
  | "skipped"
  /** It was not begun, or ended, because of a signal or of --fail-fast. */
  | "not-run";

/** How a cell ended. */
export type CellResult = {
  readonly cell: Cell;
  readonly state: CellState;
  readonly asExpected: boolean;
  /** Whether its machine died while the command ran. */
  readonly crashed: boolean;
  /** Whether it is known from an earlier search, and was not run now. */
  readonly kept: boolean;
  /** What vimto would have ended with for this kernel alone. */
  readonly status: number | undefined;
  readonly release: string | undefined;
  /** From the resolved kernel to the start of the command. */
  readonly bootMs: number | undefined;
  readonly runMs: number | undefined;
  /** A sentence, where there is more to say than a status. */
  readonly reason: string | undefined;
  /** The last lines of a console that belong to the reason. */
  readonly console: readonly string[];
  /** The line of the output, or the sentence, that tells most of a run that did not pass. */
  readonly firstFailing: string;
  /** How often its machine was booted. */
  readonly tries: number;
  /** The end of stdout and stderr, and how many bytes both were. */
  readonly output: { readonly text: string; readonly bytes: number };
  /** The tests that the command told of. */
  readonly tests: readonly SubTest[];
  readonly testsLeftOut: number;
};
