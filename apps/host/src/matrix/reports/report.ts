import type { CellResult, CellState } from "../cell.ts";
import type { DealtShard } from "../shard.ts";
import type { SubTest } from "../sub-tests.ts";
import { stateText } from "../words.ts";

/** Everything that a report tells; as it is, it is the JSON report (docs/report.schema.json). */
export type MatrixReport = {
  readonly version: 2;
  readonly command: readonly string[];
  /** When the first run began, ISO 8601. */
  readonly began: string;
  readonly tookMs: number;
  /** The exit status of vimto. */
  readonly status: number;
  /** Which share of the kernels this is; null for all of them. */
  readonly shard: DealtShard | null;
  /** What --bisect found; null without it. */
  readonly bisect: BisectReport | null;
  readonly kernels: readonly KernelReport[];
};

export type BisectReport = {
  /** Names of kernels; null where it is not known. */
  readonly lastGood: string | null;
  readonly firstBad: string | null;
  /** Those between that could not be tested. */
  readonly untestable: readonly string[];
  readonly said: string;
};

export type KernelReport = {
  readonly name: string;
  readonly release: string | null;
  readonly result: CellState;
  /** The same in words, and whether it was expected. */
  readonly said: string;
  readonly asExpected: boolean;
  readonly status: number | null;
  readonly bootMs: number | null;
  readonly runMs: number | null;
  readonly tries: number;
  readonly reason: string | null;
  readonly console: readonly string[];
  readonly firstFailing: string;
  readonly output: {
    /** The end of stdout and stderr. */
    readonly text: string;
    /** How much all of it was. */
    readonly bytes: number;
    /** Where all of it is; null for what vimto itself wrote to its stdout and stderr. */
    readonly file: string | null;
  };
  readonly tests: readonly SubTest[];
  /** How many tests are left out, as there are too many. */
  readonly testsLeftOut: number;
};

export type ReportFacts = Pick<
  MatrixReport,
  "command" | "began" | "tookMs" | "status" | "shard" | "bisect"
>;

export const matrixReport = (
  facts: ReportFacts,
  results: readonly CellResult[],
  fileOf: (name: string) => string | undefined,
): MatrixReport => ({
  version: 2,
  ...facts,
  kernels: results.map((result) => ({
    name: result.cell.name,
    release: result.release ?? null,
    result: result.state,
    said: stateText(result),
    asExpected: result.asExpected,
    status: result.status ?? null,
    bootMs: rounded(result.bootMs),
    runMs: rounded(result.runMs),
    tries: result.tries,
    reason: result.reason ?? null,
    console: result.console,
    firstFailing: result.firstFailing,
    output: {
      text: result.output.text,
      bytes: result.output.bytes,
      file: (result.tries > 0 ? fileOf(result.cell.name) : undefined) ?? null,
    },
    tests: result.tests,
    testsLeftOut: result.testsLeftOut,
  })),
});

const rounded = (ms: number | undefined): number | null =>
  ms === undefined ? null : Math.round(ms);

/** The output as a report shows it: what is left out, and where it is, first. */
export function shownOutput({ output: { text, bytes, file } }: KernelReport): string {
  if (bytes <= Buffer.byteLength(text)) return text;
  const where = file === null ? "vimto's own output has all of it" : `all of it is in ${file}`;
  return `[the end of ${bytes} bytes; ${where}]\n${text}`;
}

/** What a report says of a kernel that is not as expected. */
export const complaint = ({ said, reason, status, firstFailing }: KernelReport): string =>
  [
    said,
    reason ?? (status === null ? "" : `status ${status}`),
    reason === firstFailing ? "" : firstFailing,
  ]
    .filter((part) => part !== "")
    .join("; ");
