import { fstatSync } from "node:fs";
import { resolve } from "node:path";
import { isatty } from "node:tty";
import type { Environment } from "../host/facts.ts";
import type { SignalSource } from "../run/watch.ts";
import type { Settings } from "../settings/settings.ts";
import { type Bisected, type Bisection, runBisection } from "./bisection.ts";
import type { Cell } from "./cell.ts";
import type { Display } from "./display.ts";
import { files } from "./display-files.ts";
import { grouped } from "./display-grouped.ts";
import { prefixed } from "./display-prefixed.ts";
import { hostRoom, usualJobs } from "./jobs.ts";
import { type LiveDisplay, live } from "./live.ts";
import { LiveScreen } from "./live-screen.ts";
import { demandOwnPorts } from "./ports.ts";
import { matrixReport } from "./reports/report.ts";
import { prepareReports, writeReports } from "./reports/write.ts";
import { type CellOptions, runCell } from "./run-cell.ts";
import { type CellRun, type Scheduled, schedule } from "./schedule.ts";
import type { DealtShard } from "./shard.ts";
import { type Output, Sink } from "./sink.ts";
import { matrixTable } from "./table.ts";
import { matrixStatus } from "./verdict.ts";

export type Matrix = {
  /** As the user wrote it, for reports. */
  readonly command: readonly string[];
  readonly cells: readonly Cell[];
  /** Which shard of more kernels they are. */
  readonly shard: DealtShard | undefined;
  /** What counts for all of them. */
  readonly settings: Settings;
  readonly environment: Environment;
  readonly signals: SignalSource;
  /** Whether stdout and stderr of this process are one file. */
  readonly merged: boolean;
  readonly perform: CellOptions["perform"];
  /** For --bisect. */
  readonly bisection: Pick<Bisection, "identify" | "kept" | "resume">;
};

/**
 * Runs a command on each kernel, shows its output and a table, and resolves to the exit status: 0 when all is as
 * expected, 1 when a command did otherwise, 125 when a kernel could not run, 128+N for a signal of the user.
 */
export async function runMatrix(matrix: Matrix): Promise<number> {
  const { cells, settings, environment } = matrix;
  const sinks = await Promise.all([Sink.to(1), Sink.to(2)]);
  const screen = new LiveScreen(sinks[0]);
  const stdout: Output = screen;
  // What comes in one place comes in one order.
  const stderr: Output = matrix.merged ? screen : sinks[1];
  prepareReports(settings.reports, settings.cwd);
  const began = new Date();
  const start = performance.now();
  const said = new Set<string>();
  const say = (text: string) => {
    if (settings.quiet || said.has(text)) return;
    said.add(text);
    stderr.write(`vimto: ${text}\n`);
  };
  const stdin = stdinOfAll();
  if (stdin.lost)
    say("many commands cannot share a pipe, so that stdin is empty for each; give a file: <FILE");
  const plain = displayOf(matrix, stdout, stderr);
  const jobs = settings.jobs ?? usualJobs(cells, await hostRoom(cells, environment));
  demandOwnPorts(cells, jobs);
  const shown = isLive(settings, environment)
    ? live(plain, { cells, search: settings.bisect }, screen)
    : undefined;
  const display = shown ?? plain;
  const { perform } = matrix;
  const { retryBoot, verbose } = settings;
  const options: CellOptions = { perform, display, stdin: stdin.path, retryBoot, verbose, say };
  const { results, interrupted, ...search } = await ran(matrix, jobs, options, shown).finally(() =>
    shown?.stop(),
  );
  const status = interrupted ?? search.status ?? matrixStatus(results);
  const tookMs = Math.round(performance.now() - start);
  const { command, shard = null } = matrix;
  const bisect = search.conclusion ?? null;
  const facts = { command, began: began.toISOString(), tookMs, status, shard, bisect };
  const report = matrixReport(facts, results, display.fileOf);
  stdout.write(`\n${matrixTable(report.kernels)}`);
  if (bisect !== null) stdout.write(`\n${bisect.said}\n`);
  try {
    const print = (text: string) => stdout.write(text);
    writeReports(settings.reports, report, { cwd: settings.cwd, environment, print });
  } finally {
    await Promise.all(sinks.map((sink) => sink.end()));
  }
  return status;
}

/** All cells, or those that a search looks at. */
async function ran(
  { cells, settings: { bisect, failFast }, signals, bisection }: Matrix,
  jobs: number,
  options: CellOptions,
  shown: LiveDisplay | undefined,
): Promise<Scheduled & Partial<Bisected>> {
  const run = (cell: Cell, around: CellRun) => runCell(cell, around, options);
  const { known, close: closed } = shown ?? {};
  if (bisect) return await runBisection({ cells, jobs, signals, run, known, ...bisection });
  return await schedule({ cells, jobs, failFast, signals, closed, run });
}

/** Whether stdout is a terminal that can move its cursor, and nobody wants quiet. */
const isLive = ({ quiet, output }: Settings, { TERM }: Environment): boolean =>
  isatty(1) && !quiet && output?.style !== "files" && TERM !== undefined && TERM !== "dumb";

function displayOf(
  { cells, settings, environment, merged }: Matrix,
  stdout: Output,
  stderr: Output,
): Display {
  const output = settings.output ?? { style: isatty(1) ? "prefixed" : "grouped" };
  switch (output.style) {
    case "files":
      return files(resolve(settings.cwd, output.directory), cells);
    case "prefixed":
      return prefixed({ stdout, stderr, merged, cells });
    case "grouped":
      return grouped({
        stdout,
        stderr,
        merged,
        directory: environment.TMPDIR || "/tmp",
        folded: environment.GITHUB_ACTIONS === "true",
      });
  }
}

/** Each command reads a file from its start. Anything else can be read only once, so no command gets it. */
function stdinOfAll(): { readonly path: string; readonly lost: boolean } {
  const none = { path: "/dev/null", lost: false };
  try {
    const stat = fstatSync(0);
    if (stat.isFile()) return { path: "/proc/self/fd/0", lost: false };
    return { ...none, lost: stat.isFIFO() };
  } catch {
    return none;
  }
}
