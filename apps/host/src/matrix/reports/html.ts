import { escaped, plainLine, shownName } from "../plain.ts";
import type { SubTest } from "../sub-tests.ts";
import { secondsText } from "../words.ts";
import { style } from "./html-style.ts";
import { type KernelReport, type MatrixReport, shownOutput } from "./report.ts";

const MOST = { name: 60, line: 160, rows: 1000 } as const;

/** One page that needs nothing else, no script either: a table, times, tests by kernels, and each log. */
export function html(report: MatrixReport): string {
  const { kernels, command, began, tookMs } = report;
  const good = kernels.filter(({ asExpected }) => asExpected).length;
  const title = `${plainLine(command.join(" "), MOST.line)}: as expected on ${good} of ${kernels.length} kernels`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p class="dim">${escaped(began)}, ${secondsText(tookMs)}, exit status ${report.status}</p>
${table(kernels)}
<h2>Times</h2>
${times(kernels)}
${grid(kernels)}
<h2>Logs</h2>
${kernels.map(log).join("\n")}
</body>
</html>
`;
}

const name = (kernel: KernelReport): string => escaped(shownName(kernel.name, MOST.name));
const look = ({ asExpected, result }: KernelReport): string =>
  result === "skipped" || result === "not-run" ? "dim" : asExpected ? "good" : "bad";
const time = (ms: number | null): string => (ms === null ? "" : secondsText(ms));

function table(kernels: readonly KernelReport[]): string {
  const head = ["kernel", "release", "result", "status", "boot", "run", "first failing line"];
  const numbers = [3, 4, 5];
  const cell = (text: string, index: number) =>
    `<td${numbers.includes(index) ? ' class="number"' : ""}>${text}</td>`;
  const rows = kernels.map((kernel, index) => {
    const cells = [
      `<a href="#k${index}">${name(kernel)}</a>`,
      escaped(kernel.release ?? ""),
      `<span class="${look(kernel)}">${escaped(kernel.said)}</span>`,
      kernel.status === null ? "" : String(kernel.status),
      time(kernel.bootMs),
      time(kernel.runMs),
      `<code>${escaped(plainLine(kernel.firstFailing, MOST.line))}</code>`,
    ];
    return `<tr>${cells.map(cell).join("")}</tr>`;
  });
  const heads = head.map(
    (text, index) => `<th${numbers.includes(index) ? ' class="number"' : ""}>${text}</th>`,
  );
  return `<div class="wide"><table class="results"><thead><tr>${heads.join("")}</tr></thead><tbody>\n${rows.join("\n")}\n</tbody></table></div>`;
}

const PLOT = { width: 900, left: 260, row: 22, right: 70 } as const;

/** A bar for each kernel: its boot, and behind it the run. */
function times(kernels: readonly KernelReport[]): string {
  const total = (kernel: KernelReport) => (kernel.bootMs ?? 0) + (kernel.runMs ?? 0);
  const longest = Math.max(1, ...kernels.map(total));
  const scale = (PLOT.width - PLOT.left - PLOT.right) / longest;
  const bars = kernels.map((kernel, index) => {
    const y = index * PLOT.row;
    const boot = (kernel.bootMs ?? 0) * scale;
    const run = (kernel.runMs ?? 0) * scale;
    const bar = (kind: string, x: number, width: number) =>
      `<rect class="${kind}" x="${x.toFixed(1)}" y="${y + 4}" width="${width.toFixed(1)}" height="14"/>`;
    const end = PLOT.left + boot + run;
    const label = total(kernel) === 0 ? escaped(kernel.said) : secondsText(total(kernel));
    return `<text x="${PLOT.left - 8}" y="${y + 15}" text-anchor="end">${escaped(shownName(kernel.name, 36))}</text>${bar("boot", PLOT.left, boot)}${bar("run", PLOT.left + boot, run)}<text x="${(end + 6).toFixed(1)}" y="${y + 15}">${label}</text>`;
  });
  const height = kernels.length * PLOT.row;
  return `<div class="wide"><svg viewBox="0 0 ${PLOT.width} ${height}" width="${PLOT.width}" height="${height}" role="img" aria-label="boot and run of each kernel">${bars.join("\n")}</svg></div>
<p class="dim">The first part of a bar is the boot, until the command started; the second is the command.</p>`;
}

const marks: Readonly<Record<SubTest["result"], string>> = {
  passed: '<span class="good" title="passed">✓</span>',
  failed: '<span class="bad" title="failed">✗</span>',
  skipped: '<span class="dim" title="skipped">–</span>',
};

/** Tests by kernels, where the command told of tests: those that differ or fail first. */
function grid(kernels: readonly KernelReport[]): string {
  const told = kernels.map((kernel, index) => ({
    kernel,
    index,
    tests: new Map(kernel.tests.map((test) => [test.name, test])),
  }));
  const names = [...new Set(kernels.flatMap(({ tests }) => tests.map((test) => test.name)))];
  if (names.length === 0) return "";
  const isFailing = (test: string) =>
    told.some(({ tests }) => tests.get(test)?.result === "failed");
  const sorted = [...names.filter(isFailing), ...names.filter((test) => !isFailing(test))];
  const left = sorted.length - MOST.rows;
  const rows = sorted.slice(0, MOST.rows).map((test) => {
    const cells = told.map(({ tests, index }) => {
      const found = tests.get(test);
      const mark = found === undefined ? "" : marks[found.result];
      return `<td>${found?.result === "failed" ? `<a href="#k${index}">${mark}</a>` : mark}</td>`;
    });
    return `<tr><th scope="row">${escaped(plainLine(test, MOST.line))}</th>${cells.join("")}</tr>`;
  });
  const heads = told.map(({ kernel }) => `<th>${name(kernel)}</th>`).join("");
  const more = left > 0 ? `<p class="dim">${left} more are in the JSON report.</p>` : "";
  return `<h2>Tests</h2>
<div class="wide"><table class="grid"><thead><tr><th></th>${heads}</tr></thead><tbody>
${rows.join("\n")}
</tbody></table></div>${more}`;
}

function log(kernel: KernelReport, index: number): string {
  const failures = kernel.tests
    .filter(({ result }) => result === "failed")
    .slice(0, MOST.rows)
    .map(
      (test) =>
        `<p class="bad">${escaped(plainLine(test.name, MOST.line))}</p>${pre(test.message)}`,
    );
  const console =
    kernel.console.length === 0 ? "" : `<p>console</p>${pre(kernel.console.join("\n"))}`;
  const reason = kernel.reason === null ? "" : `<p>${escaped(kernel.reason)}</p>`;
  const open = kernel.asExpected || kernel.result === "not-run" ? "" : " open";
  return `<details id="k${index}"${open}><summary>${name(kernel)}: <span class="${look(kernel)}">${escaped(kernel.said)}</span></summary>
${reason}${failures.join("")}${console}${pre(shownOutput(kernel)) || '<p class="dim">no output</p>'}
</details>`;
}

const pre = (text: string): string => (text === "" ? "" : `<pre>${escaped(text)}</pre>`);
