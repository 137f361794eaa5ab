import { quoted } from "../../settings/user-error.ts";
import type { DealtShard } from "../shard.ts";
import { matrixStatus } from "../verdict.ts";
import type { ReadReport } from "./read.ts";
import type { KernelReport, MatrixReport } from "./report.ts";

export type Merged = {
  /** All kernels, as one run would have reported them; undefined when there is no report. */
  readonly report: MatrixReport | undefined;
  /** A sentence for each file that does not belong, and for each shard with kernels that is missing. */
  readonly complaints: readonly string[];
};

const FAILED = 125;
const MOST_NAMED = 5;

/**
 * Joins the reports of shards. The first says which run it is; a report of another run, or of a shard that is
 * joined already, is left out. The kernels of a missing shard could not run. The status is that of a single
 * run, and 125 if a file was left out or a shard with kernels is missing.
 *
 * @param faulty whether files could not be read
 */
export function mergeReports(read: readonly ReadReport[], faulty: boolean): Merged {
  const [first] = read;
  if (first === undefined) return { report: undefined, complaints: [] };
  const found = new Map<number, ReadReport>();
  const complaints: string[] = [];
  for (const one of read) {
    const index = shardOf(one.report).index;
    const other = found.get(index);
    const alien = difference(first, one);
    if (alien !== undefined)
      complaints.push(
        `the report ${quoted(one.file)} is of another run than ${quoted(first.file)}: ${alien}`,
      );
    else if (other !== undefined) complaints.push(duplicate(other, one));
    else found.set(index, one);
  }
  const left = complaints.length > 0;
  const { count, kernels: named } = shardOf(first.report);
  const lacking = [...new Set(named.map(({ shard }) => shard))]
    .filter((index) => !found.has(index))
    .sort((one, other) => one - other);
  for (const index of lacking) complaints.push(missing(index, count, named));
  const reported = new Map(
    [...found.values()].flatMap(({ report }) =>
      report.kernels.map((kernel): [string, KernelReport] => [kernel.name, kernel]),
    ),
  );
  const kernels = named.map(
    ({ name, shard }) => reported.get(name) ?? lost(name, `${shard}/${count}`),
  );
  const reports = [...found.values()].map(({ report }) => report);
  return {
    report: {
      version: first.report.version,
      command: first.report.command,
      ...span(reports),
      status: faulty || left || lacking.length > 0 ? FAILED : statusOf(reports, kernels),
      shard: null,
      // A search is never one of shards.
      bisect: first.report.bisect,
      kernels,
    },
    complaints,
  };
}

/** A whole run is one shard of one. */
const shardOf = ({ shard, kernels }: MatrixReport): DealtShard =>
  shard ?? { index: 1, count: 1, kernels: kernels.map(({ name }) => ({ name, shard: 1 })) };

/** Why two reports are not of one run; undefined when they are. */
function difference(first: ReadReport, one: ReadReport): string | undefined {
  const [expected, shard] = [shardOf(first.report), shardOf(one.report)];
  if (JSON.stringify(one.report.command) !== JSON.stringify(first.report.command))
    return `its command is ${quoted(one.report.command.join(" "))}; merge the reports of one run`;
  if (shard.count !== expected.count)
    return `it is one of ${shard.count} shards, and not of ${expected.count}; merge the reports of one run`;
  const names = ({ kernels }: DealtShard) => JSON.stringify(kernels.map(({ name }) => name));
  if (names(shard) !== names(expected))
    return "its list of kernels is another one; give all shards the same kernels";
  if (JSON.stringify(shard) === JSON.stringify({ ...expected, index: shard.index })) return;
  return "its kernels were dealt out in another way; give all shards the same --timings";
}

function duplicate(other: ReadReport, one: ReadReport): string {
  const { shard } = one.report;
  const of = shard === null ? "a whole run" : `shard ${shard.index}/${shard.count}`;
  return `the reports ${quoted(other.file)} and ${quoted(one.file)} are both of ${of}; the first one counts, leave the other out`;
}

function missing(index: number, count: number, named: DealtShard["kernels"]): string {
  const own = named.filter(({ shard }) => shard === index).map(({ name }) => quoted(name));
  const more = own.length - MOST_NAMED;
  const shown = own.slice(0, MOST_NAMED).join(", ");
  const kernels = `${shown}${more > 0 ? ` and ${more} more` : ""}`;
  return `shard ${index}/${count} is missing, with ${kernels}; add its report, or run it again`;
}

/** A kernel of a shard that nobody has the report of. */
function lost(name: string, shard: string): KernelReport {
  const reason = `the report of shard ${shard} is missing`;
  return {
    name,
    release: null,
    result: "could-not-run",
    said: "COULD NOT RUN",
    asExpected: false,
    status: null,
    bootMs: null,
    runMs: null,
    tries: 0,
    reason,
    console: [],
    firstFailing: reason,
    output: { text: "", bytes: 0, file: null },
    tests: [],
    testsLeftOut: 0,
  };
}

/** From the start of the first to the end of the last. */
function span(reports: readonly MatrixReport[]): Pick<MatrixReport, "began" | "tookMs"> {
  const starts = reports.map(({ began }) => Date.parse(began));
  const ends = reports.map(({ began, tookMs }) => Date.parse(began) + tookMs);
  const start = Math.min(...starts);
  return { began: new Date(start).toISOString(), tookMs: Math.max(...ends) - start };
}

/** That of a whole run; of shards, what one run would have had, also when the user ended it by a signal. */
function statusOf(reports: readonly MatrixReport[], kernels: readonly KernelReport[]): number {
  const [first] = reports;
  if (first?.shard === null) return first.status;
  const interrupted = reports.find(({ status }) => status > 128)?.status;
  return (
    interrupted ?? matrixStatus(kernels.map((kernel) => ({ ...kernel, state: kernel.result })))
  );
}
