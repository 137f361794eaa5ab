import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { errorCode } from "../../failure.ts";
import { quoted } from "../../settings/user-error.ts";
import type { MatrixReport } from "./report.ts";
import { checkedReport, REPORT_VERSION } from "./report-schema.ts";

/** A report, and the file that it was read from, as written. */
export type ReadReport = { readonly file: string; readonly report: MatrixReport };

/** Reads JSON reports; `faults` has a sentence for each file that is not a report. */
export function readReports(
  files: readonly string[],
  cwd: string,
): { readonly read: readonly ReadReport[]; readonly faults: readonly string[] } {
  const read: ReadReport[] = [];
  const faults: string[] = [];
  for (const file of files) {
    const found = readReport(file, cwd);
    if (typeof found === "string") faults.push(`the report ${quoted(file)} ${found}`);
    else read.push({ file, report: found });
  }
  return { read, faults };
}

/** What a sentence says of a file that is not whole. */
const damaged = (why: string): string =>
  `is damaged: ${why}; copy it once more, or run its shard again`;

/** A report, or what is wrong with it. */
function readReport(file: string, cwd: string): MatrixReport | string {
  let text: string;
  try {
    text = readFileSync(resolve(cwd, file), "utf8");
  } catch (error) {
    return `cannot be read (${errorCode(error) ?? error}); check the path`;
  }
  if (text.trim() === "") return damaged("it is empty");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return damaged("it is no JSON, or not all of it");
  }
  return judged(value);
}

/** What every version of a report has. */
const anyReport = z.object({ version: z.number(), kernels: z.array(z.unknown()) });

function judged(value: unknown): MatrixReport | string {
  const { success, data } = anyReport.safeParse(value);
  if (!success) return "is none of vimto's JSON reports; vimto writes one with --report json=FILE";
  if (data.version !== REPORT_VERSION)
    return `is of version ${data.version}, and this vimto reads version ${REPORT_VERSION}; use one vimto for all shards`;
  try {
    const report = checkedReport(value);
    return isWhole(report) ? report : damaged("its kernels are not those of its shard");
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const path = error.issues[0]?.path.join(".") ?? "";
    return damaged(
      path === ""
        ? "it has keys that a report does not have"
        : `${quoted(path)} is not what the schema says`,
    );
  }
}

/** Whether it has the kernels that its shard says, each once. */
function isWhole({ shard, kernels }: MatrixReport): boolean {
  const names = kernels.map(({ name }) => name);
  if (new Set(names).size !== names.length) return false;
  if (shard === null) return true;
  const { index, count } = shard;
  const own = shard.kernels.filter((kernel) => kernel.shard === index).map(({ name }) => name);
  return (
    index <= count &&
    shard.kernels.every((kernel) => kernel.shard <= count) &&
    new Set(shard.kernels.map(({ name }) => name)).size === shard.kernels.length &&
    own.length === names.length &&
    own.every((name) => names.includes(name))
  );
}
