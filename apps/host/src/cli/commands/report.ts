import { print } from "../../report/print.ts";
import { Reporter } from "../../report/reporter.ts";
import { parseReport } from "../../settings/many-values.ts";
import { quoted, UserError } from "../../settings/user-error.ts";
import type { CliCommand, Invocation } from "../command.ts";
import { workingDirectory } from "../exact-words.ts";

const EXAMPLE = "vimto report merge shard-*.json --report junit=all.xml";

/** Joins the reports of shards; resolves to the exit status that one run would have had. */
async function merge(
  { options, environment }: Invocation,
  files: readonly string[],
): Promise<number> {
  const { readReports } = await import("../../matrix/reports/read.ts");
  const { mergeReports } = await import("../../matrix/reports/merge.ts");
  const { prepareReports, writeReports } = await import("../../matrix/reports/write.ts");
  const { matrixTable } = await import("../../matrix/table.ts");
  const wanted = options
    .filter(({ name }) => name === "report")
    .map(({ text, spelling }) => parseReport(text, spelling));
  const cwd = workingDirectory();
  const reporter = new Reporter();
  const { read, faults } = readReports(files, cwd);
  const { report, complaints } = mergeReports(read, faults.length > 0);
  for (const text of [...faults, ...complaints]) reporter.warn(text);
  if (report === undefined) return 125;
  print(matrixTable(report.kernels));
  prepareReports(wanted, cwd);
  writeReports(wanted, report, { cwd, environment, print });
  return report.status;
}

export const report: CliCommand = {
  name: "report",
  usage: "merge FILES...",
  help: "join the reports of shards",
  details: `Joins the JSON reports that the shards of one run wrote (with --shard and
--report json=FILE), prints the table of all kernels, and writes the reports
that --report asks for. The exit status is that of a single run; 125 when a
shard is missing that has kernels, or when a file is not of this run.

  ${EXAMPLE}`,
  run: async (invocation) => {
    const [verb, ...files] = invocation.words;
    if (verb !== undefined && verb !== "merge")
      throw new UserError(
        "unexpected-argument",
        `report knows nothing of ${quoted(verb)}; write: vimto report merge FILES...`,
      );
    if (files.length === 0)
      throw new UserError("missing-argument", `report merge needs files, as in: ${EXAMPLE}`);
    return await merge(invocation, files);
  },
};
