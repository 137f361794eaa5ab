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
