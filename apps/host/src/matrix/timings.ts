import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { errorCode } from "../failure.ts";
import { quoted, UserError } from "../settings/user-error.ts";
import type { KernelReport, MatrixReport } from "./reports/report.ts";
import { reportSchema } from "./reports/report-schema.ts";

/** How long kernels took, boot and command, in whole milliseconds. */
export type Durations = ReadonlyMap<string, number>;

/** What --report timings=FILE writes. */
const timingsSchema = z.strictObject({
  version: z.literal(1),
  timings: z.array(z.strictObject({ name: z.string(), ms: z.int().min(0) })),
});

/**
 * The durations in a file of timings or a JSON report. A file that does not exist yet has no durations, and
 * `say` is told. Throws UserError for a file that cannot be read.
 */
export function readTimings(
  file: string | undefined,
  cwd: string,
  say: (text: string) => void,
): Durations {
  if (file === undefined) return new Map();
  const bad = (why: string) => new UserError("bad-value", `--timings ${quoted(file)} ${why}`);
  let text: string;
  try {
    text = readFileSync(resolve(cwd, file), "utf8");
  } catch (error) {
    const code = errorCode(error);
    if (code !== "ENOENT") throw bad(`cannot be read (${code ?? error}); check the path`);
    say(`--timings ${quoted(file)} is not there; the kernels are dealt out by their names`);
    return new Map();
  }
  const found = durationsOf(text);
  if (found !== undefined) return found;
  throw bad("has no durations; write it with --report timings=FILE, or name a JSON report");
}

/** The durations in the text of a file; undefined for a text that is of neither kind. */
function durationsOf(text: string): Durations | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const timings = timingsSchema.safeParse(value);
  if (timings.success) return new Map(timings.data.timings.map(({ name, ms }) => [name, ms]));
  const report = reportSchema.safeParse(value);
  return report.success ? measured(report.data.kernels) : undefined;
}

type Timed = Pick<KernelReport, "name" | "result" | "bootMs" | "runMs">;

/** The kernels whose command ran to its end or to its time limit. */
const measured = (kernels: readonly Timed[]): Durations =>
  new Map(
    kernels.flatMap(({ name, result, bootMs, runMs }): [string, number][] =>
      bootMs === null || runMs === null || !["passed", "failed", "timed-out"].includes(result)
        ? []
        : [[name, bootMs + runMs]],
    ),
  );

/** What a file of timings has after a run: what the run measured, and of other kernels what it had `before`. */
export function timingsText({ kernels }: MatrixReport, before: string): string {
  const all = new Map([...(durationsOf(before) ?? []), ...measured(kernels)]);
  const timings = [...all]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, ms]) => ({ name, ms }));
  return `${JSON.stringify({ version: 1, timings }, null, 1)}\n`;
}
