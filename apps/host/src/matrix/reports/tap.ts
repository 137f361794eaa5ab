import { plainLine } from "../plain.ts";
import { complaint, type KernelReport, type MatrixReport } from "./report.ts";

const MOST = 400;

/** TAP 13: a test for each kernel, "ok" when it is as expected; below it, indented, those that the command tells of. */
export function tap({ kernels }: MatrixReport): string {
  const lines = ["TAP version 13", `1..${kernels.length}`];
  for (const [index, kernel] of kernels.entries()) {
    lines.push(...inner(kernel));
    const skip = kernel.result === "skipped" ? ` # SKIP ${described(kernel.reason ?? "")}` : "";
    const forgiven = kernel.result === "not-run" ? ` # SKIP ${described(kernel.said)}` : "";
    const good = kernel.asExpected || kernel.result === "not-run";
    lines.push(
      `${good ? "ok" : "not ok"} ${index + 1} - ${described(kernel.name)}${skip}${forgiven}`.trimEnd(),
    );
    if (!good)
      lines.push(
        "  ---",
        `  message: ${JSON.stringify(plainLine(complaint(kernel), MOST))}`,
        "  ...",
      );
  }
  return `${lines.join("\n")}\n`;
}

function inner({ name, tests }: KernelReport): string[] {
  if (tests.length === 0) return [];
  const lines = tests.map(({ name: test, result, message }, index) => {
    const skip = result === "skipped" ? ` # SKIP ${described(message)}` : "";
    return `    ${result === "failed" ? "not ok" : "ok"} ${index + 1} - ${described(test)}${skip}`.trimEnd();
  });
  return [`# Subtest: ${described(name)}`, ...lines, `    1..${tests.length}`];
}

/** On one line, and without a # that would begin a directive. */
const described = (text: string): string =>
  plainLine(text, MOST).replaceAll("\\", "\\\\").replaceAll("#", "\\#");
