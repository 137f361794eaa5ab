import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { errorCode, Failure } from "../../failure.ts";
import type { Environment } from "../../host/facts.ts";
import type { ReportChoice } from "../../settings/many-values.ts";
import { timingsText } from "../timings.ts";
import { annotations } from "./github.ts";
import { html } from "./html.ts";
import { junit } from "./junit.ts";
import { markdown } from "./markdown.ts";
import type { MatrixReport } from "./report.ts";
import { tap } from "./tap.ts";

const renderers = {
  junit,
  tap,
  markdown,
  html,
  json: (report: MatrixReport) => `${JSON.stringify(report, null, 1)}\n`,
} as const;

export type ReportPlace = {
  readonly cwd: string;
  readonly environment: Environment;
  /** To vimto's stdout. */
  readonly print: (text: string) => void;
};

/** Makes the directories of reports before anything runs. Errors: Failure "output". */
export function prepareReports(reports: readonly ReportChoice[], cwd: string): void {
  for (const { file } of reports)
    if (file !== "")
      writing(file, () => mkdirSync(dirname(resolve(cwd, file)), { recursive: true }));
}

/** Writes each report whole or not at all. Errors: Failure "output", after all others are written. */
export function writeReports(
  reports: readonly ReportChoice[],
  report: MatrixReport,
  { cwd, environment, print }: ReportPlace,
): void {
  const failures: unknown[] = [];
  for (const { kind, file } of reports) {
    try {
      const path = resolve(cwd, file);
      if (kind === "timings") replace(path, timingsText(report, present(path)));
      else if (kind !== "github") replace(path, renderers[kind](report));
      else {
        print(annotations(report));
        const summary = environment.GITHUB_STEP_SUMMARY;
        if (summary) writing(summary, () => appendFileSync(summary, markdown(report)));
      }
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** The text of a file; "" where it cannot be read. */
function present(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** A kill never leaves half a report under its name. */
function replace(path: string, text: string): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}`);
  writing(path, () => {
    try {
      writeFileSync(temporary, text);
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  });
}

function writing(path: string, write: () => unknown): void {
  try {
    write();
  } catch (error) {
    throw new Failure(
      "output",
      `the report ${JSON.stringify(path)} cannot be written (${errorCode(error) ?? error}); make room, or name another file with --report`,
      { cause: error },
    );
  }
}
