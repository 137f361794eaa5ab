import { plainLine, plainText, shownName } from "../plain.ts";
import { secondsText } from "../words.ts";
import { type KernelReport, type MatrixReport, shownOutput } from "./report.ts";

const MOST = { name: 60, line: 120, output: 4000 } as const;

/** A table, and the output of each kernel that is not as expected, folded. */
export function markdown({ kernels, command }: MatrixReport): string {
  const good = kernels.filter(({ asExpected }) => asExpected).length;
  const rows = kernels.map((kernel) =>
    row([
      cell(shownName(kernel.name, MOST.name)),
      cell(plainLine(kernel.release ?? "", MOST.name)),
      `${kernel.asExpected ? "✅" : "❌"} ${cell(plainLine(kernel.said, MOST.name))}`,
      kernel.status === null ? "" : String(kernel.status),
      kernel.bootMs === null ? "" : secondsText(kernel.bootMs),
      kernel.runMs === null ? "" : secondsText(kernel.runMs),
      cell(plainLine(kernel.firstFailing, MOST.line)),
    ]),
  );
  return [
    `### ${cell(plainLine(command.join(" "), MOST.line))}: as expected on ${good} of ${kernels.length} kernels`,
    "",
    row(["kernel", "release", "result", "status", "boot", "run", "first failing line"]),
    row(["---", "---", "---", "--:", "--:", "--:", "---"]),
    ...rows,
    "",
    ...kernels.filter(({ asExpected }) => !asExpected).flatMap(details),
  ].join("\n");
}

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/** Without what Markdown and HTML would take for their own. */
const cell = (text: string): string =>
  text.replaceAll(/[\\`*_{}[\]<>|&#~!]/g, (char) => `&#${char.charCodeAt(0)};`);

function details(kernel: KernelReport): string[] {
  const output = shownOutput(kernel).slice(-MOST.output);
  const said = [...kernel.console, ...(kernel.reason === null ? [] : [kernel.reason])].join("\n");
  const text = `${output}${output === "" || output.endsWith("\n") ? "" : "\n"}${said}`.trimEnd();
  if (text === "") return [];
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = "`".repeat(longest + 1);
  return [
    `<details><summary>${cell(shownName(kernel.name, MOST.name))}: ${cell(plainLine(kernel.said, MOST.name))}</summary>`,
    "",
    `${fence}text`,
    plainText(text),
    fence,
    "",
    "</details>",
    "",
  ];
}
