import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { matrixTable } from "../table.ts";
import { Tail } from "../tail.ts";
import { annotations } from "./github.ts";
import { html } from "./html.ts";
import { junit } from "./junit.ts";
import { markdown } from "./markdown.ts";
import { type MatrixReport, shownOutput } from "./report.ts";
import { checkedReport, reportJsonSchema } from "./report-schema.ts";
import { tap } from "./tap.ts";
import { kernelReport } from "./testing/kernel-report.ts";

const directory = mkdtempSync(join(tmpdir(), "vimto-reports-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const base = kernelReport("good", {
  runMs: 1234,
  output: { text: "fine\n", bytes: 5, file: null },
});
/** Every character up to U+00FF, a surrogate alone, one that XML cannot hold, and what formats take for their own. */
const nasty = `${Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join("")}\ud800\uffff\u2028 ]]> <b> & "q" 'a' \`\`\`\` | # TODO not ok 7 ::endgroup:: % \x1b[31mred\x1b[0m 😀`;
const failed = {
  ...base,
  result: "failed",
  said: "FAILED",
  asExpected: false,
  status: 3,
  firstFailing: nasty,
} as const;
const report: MatrixReport = {
  version: 2,
  command: ["sh", "-c", nasty],
  began: "2026-11-27T11:00:00.123Z",
  tookMs: 5000,
  status: 125,
  shard: null,
  bisect: null,
  kernels: [
    base,
    {
      ...failed,
      name: nasty,
      release: nasty,
      said: nasty,
      output: { text: nasty, bytes: 200_000_000, file: "logs/<&>.log" },
    },
    { ...failed, name: "old", asExpected: true, said: "failed, as expected" },
    {
      ...base,
      name: "dead",
      result: "could-not-run",
      said: "COULD NOT RUN",
      asExpected: false,
      status: 125,
      release: null,
      bootMs: null,
      runMs: null,
      reason: "it died",
      console: [nasty, "Kernel panic"],
      firstFailing: "it died",
    },
    {
      ...base,
      name: "later",
      result: "skipped",
      said: "skipped",
      tries: 0,
      reason: `why # ${nasty}`,
    },
    { ...base, name: "cut", result: "not-run", said: "not run", asExpected: false, tries: 0 },
    {
      ...failed,
      name: "tests",
      tests: [
        { name: "one", result: "passed", ms: 12, message: "" },
        { name: nasty, result: "failed", message: nasty },
        { name: "three", result: "skipped", message: "no hardware" },
      ],
    },
  ],
};

function tool(command: readonly string[], input?: string): { status: number; text: string } {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], {
    stdin: input === undefined ? "ignore" : Buffer.from(input),
    stderr: "pipe",
  });
  return { status: exitCode, text: `${stdout}${stderr}` };
}

test("junit is valid by a schema, and a reader of it counts the same", () => {
  const path = join(directory, "report.xml");
  writeFileSync(path, junit(report));
  const schema = join(import.meta.dirname, "testing/junit.xsd");
  expect(tool(["xmllint", "--noout", "--schema", schema, path])).toEqual({
    status: 0,
    text: `${path} validates\n`,
  });
  const counting = `
import sys
from junitparser import JUnitXml
for suite in JUnitXml.fromfile(sys.argv[1]):
    print(suite.tests, suite.failures, suite.errors, suite.skipped,
          [[type(result).__name__ for result in case.result] for case in suite])
`;
  expect(tool(["/usr/bin/python3", "-c", counting, path])).toEqual({
    status: 0,
    text: `1 0 0 0 [[]]
1 1 0 0 [['Failure']]
1 0 0 0 [[]]
1 0 1 0 [['Error']]
1 0 0 1 [['Skipped']]
1 0 0 1 [['Skipped']]
3 1 0 1 [[], ['Failure'], ['Skipped']]
`,
  });
});

test("junit keeps the names and says where the whole output is", () => {
  const path = join(directory, "names.xml");
  writeFileSync(path, junit({ ...report, kernels: report.kernels.slice(1, 2) }));
  const read = (xpath: string) => tool(["xmllint", "--xpath", `string(${xpath})`, path]).text;
  expect(read("//testsuite/@name")).toContain(`]]> <b> & "q" 'a' \`\`\`\` | # TODO`);
  expect(read("//testsuite/@name")).toContain("red 😀");
  expect(read("//system-out")).toMatch(
    /^\[the end of 200000000 bytes; all of it is in logs\/<&>\.log\]\n/,
  );
});

test("tap is read by prove", () => {
  const path = join(directory, "report.tap");
  writeFileSync(path, tap(report));
  const { status, text } = tool(["prove", "--exec", "cat", path]);
  expect(text).toMatch(/\nResult: FAIL\n$/);
  expect(text).toContain("Failed 3/7 subtests");
  expect(text).toContain("Failed tests:  2, 4, 7");
  expect(text).not.toMatch(/Parse errors|Bad plan/);
  expect(status).not.toBe(0);

  writeFileSync(
    path,
    tap({ ...report, kernels: report.kernels.filter(({ asExpected }) => asExpected) }),
  );
  expect(tool(["prove", "--exec", "cat", path])).toMatchObject({
    status: 0,
    text: expect.stringMatching(/^All tests successful\.$/m),
  });
});

test("json is of its schema, and comes back as it was", () => {
  const sound = JSON.parse(JSON.stringify(report));
  expect(checkedReport(sound)).toEqual(sound);
  expect(() => checkedReport({ ...sound, version: 3 })).toThrow();
  const written = readFileSync(
    join(import.meta.dirname, "../../../../../docs/report.schema.json"),
    "utf8",
  );
  expect(JSON.parse(written), "run scripts/schema").toEqual(
    JSON.parse(JSON.stringify(reportJsonSchema())),
  );
});

test("markdown has a row for each kernel, and its code cannot be left", () => {
  const lines = markdown(report).split("\n");
  const rows = lines.filter((line) => line.startsWith("| "));
  expect(rows).toHaveLength(2 + report.kernels.length);
  for (const row of rows) expect(row).not.toMatch(/[\p{Cc}\p{Cs}]/u);
  for (const row of rows) expect(row.replaceAll("&#124;", "").match(/\|/g)).toHaveLength(8);
  expect(lines[0]).toMatch(/: as expected on 3 of 7 kernels$/);
  const fences = lines.filter((line) => /^`{3,}(?:text)?$/.test(line));
  expect(fences.slice(0, 2)).toEqual(["`````text", "`````"]);
  expect(fences.length % 2).toBe(0);
});

test("the table has a line for each kernel, and nothing that a terminal or a log obeys", () => {
  const lines = matrixTable(report.kernels).split("\n").slice(0, -1);
  expect(lines).toHaveLength(1 + report.kernels.length);
  for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cs}]|^::/u);
});

test("html is one page of well-formed elements that loads nothing and runs nothing", () => {
  const page = html(report);
  const path = join(directory, "report.html");
  // Without the few elements that HTML leaves open, it is XML.
  writeFileSync(
    path,
    page
      .replace("<!DOCTYPE html>", "")
      .replaceAll(/<meta [^>]*>/g, "")
      .replaceAll(" open>", ">"),
  );
  expect(tool(["xmllint", "--noout", path])).toEqual({ status: 0, text: "" });
  expect(page).not.toMatch(/<script|\ssrc=|url\(|<link|https?:/);
  const count = (pattern: RegExp) => page.match(pattern)?.length;
  expect(count(/<details id="k\d"/g)).toBe(7);
  expect(count(/<details id="k\d" open>/g)).toBe(3);
  expect(count(/<th scope="row">/g)).toBe(3);
  expect(page).toContain("[the end of 200000000 bytes; all of it is in logs/&lt;&amp;&gt;.log]");
});

test("github has an annotation on one line for each that is not as expected", () => {
  const lines = annotations(report).split("\n").slice(0, -1);
  expect(lines).toHaveLength(3);
  for (const line of lines) expect(line).toMatch(/^::error title=[^:,\n]+::\P{Cc}+$/u);
  expect(lines[1]).toBe("::error title=dead::COULD NOT RUN; it died");
});

test("of much output the end is kept, from the start of a line on", () => {
  const tail = new Tail(100);
  for (let index = 0; index < 100_000; index++) tail.push(Buffer.from(`line ${index}\n`));
  const lines = tail.text.split("\n");
  expect(lines.every((line) => line === "" || /^line \d+$/.test(line))).toBe(true);
  expect(lines.at(-2)).toBe("line 99999");
  expect(tail.text.length).toBeLessThanOrEqual(100);
  const output = { text: tail.text, bytes: tail.bytes, file: null };
  expect(shownOutput({ ...base, output })).toMatch(
    /^\[the end of \d+ bytes; vimto's own output has all of it\]\nline /,
  );
});
