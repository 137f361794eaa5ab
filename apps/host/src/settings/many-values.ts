import { didYouMean } from "./nearest.ts";
import { quoted, UserError } from "./user-error.ts";
import { parseChoice } from "./values.ts";

/** How many runs at once. */
export function parseJobs(text: string, name: string): number {
  const jobs = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (jobs >= 1) return jobs;
  throw new UserError("bad-value", `${name} ${quoted(text)} is no number of jobs; write 2, say`);
}

/** How the output of several runs is shown. */
export type OutputStyle =
  | { readonly style: "grouped" | "prefixed" }
  /** A file for each kernel; the directory as written. */
  | { readonly style: "files"; readonly directory: string };

export function parseOutput(text: string, name: string): OutputStyle {
  const [, directory] = /^files=(.+)$/s.exec(text) ?? [];
  if (directory !== undefined) return { style: "files", directory };
  if (text === "files" || text === "files=")
    throw new UserError(
      "bad-value",
      `${name} ${quoted(text)} names no directory; write for example files=logs`,
    );
  const style = parseChoice(text, name, ["grouped", "prefixed", "files=DIR"] as const);
  if (style !== "files=DIR") return { style };
  throw new Error("files=DIR has a directory");
}

const reportKinds = ["junit", "tap", "json", "markdown", "html", "timings", "github"] as const;
export type ReportKind = (typeof reportKinds)[number];
/** A report, and the file that it is written to, as written; "" for github, which has its own. */
export type ReportChoice = { readonly kind: ReportKind; readonly file: string };

export function parseReport(text: string, name: string): ReportChoice {
  const [, word = "", file = ""] = /^([^=]*)=?(.*)$/s.exec(text) ?? [];
  const kind = reportKinds.find((known) => known === word);
  if (kind === undefined)
    throw new UserError(
      "bad-value",
      `${name} ${quoted(text)} is no kind of report${didYouMean(word, reportKinds, `write one of ${reportKinds.map((known) => (known === "github" ? known : `${known}=FILE`)).join(", ")}`)}`,
    );
  if (kind === "github") {
    if (text === kind) return { kind, file: "" };
    throw new UserError(
      "bad-value",
      `${name} ${quoted(text)} has a file, but github writes to the job's own summary; write ${kind} alone`,
    );
  }
  if (file !== "") return { kind, file };
  throw new UserError(
    "bad-value",
    `${name} ${quoted(text)} names no file; write for example ${kind}=report.${extensions[kind]}`,
  );
}

const extensions: Readonly<Record<Exclude<ReportKind, "github">, string>> = {
  junit: "xml",
  tap: "tap",
  json: "json",
  markdown: "md",
  html: "html",
  timings: "json",
};

/** One of some shards, counted from 1; auto: as the pipeline says, which may not know how many shards there are. */
export type ShardChoice =
  | { readonly index: number; readonly count: number }
  | { readonly index: "auto"; readonly count: number | undefined };

/** The most that an option takes and a report may say: six digits. */
export const MOST_SHARDS = 999_999;

export function parseShard(text: string, name: string): ShardChoice {
  const [auto, most] = /^auto(?:\/([1-9]\d{0,5}))?$/.exec(text) ?? [];
  if (auto !== undefined)
    return { index: "auto", count: most === undefined ? undefined : Number(most) };
  const [, index = 0, count = 0] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []).map(Number);
  if (index >= 1 && index <= count) return { index, count };
  throw new UserError(
    "bad-value",
    `${name} ${quoted(text)} is no share; write for example 1/4 for the first of four, auto, or auto/4`,
  );
}
