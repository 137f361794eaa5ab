import { expect, test } from "vitest";
import { Failure } from "../failure.ts";
import type { Expectation } from "./cell.ts";
import { fileNames } from "./display-files.ts";
import { usualJobs } from "./jobs.ts";
import { Lines } from "./lines.ts";
import { NotableLine } from "./notable.ts";
import { plainLine, shownName } from "./plain.ts";
import { kernelReport } from "./reports/testing/kernel-report.ts";
import { schedule } from "./schedule.ts";
import { Spool } from "./spool.ts";
import { matrixTable } from "./table.ts";
import { silent as around, testCell as cell } from "./testing/cell.ts";
import { diedInBoot, matrixStatus, notBegun, verdict } from "./verdict.ts";

const ended = (status: number, reason?: unknown, moments: [string, number][] = []) => ({
  outcome:
    reason !== undefined
      ? ("could-not-run" as const)
      : status === 0
        ? ("passed" as const)
        : ("failed" as const),
  status,
  reason,
  release: "6.1",
  moments: new Map(moments),
});

const timeout = new Failure("timeout", "too long");
const verdicts: [string, Expectation, ReturnType<typeof ended>, string, boolean][] = [
  ["pass", { kind: "pass" }, ended(0), "passed", true],
  ["pass", { kind: "pass" }, ended(3), "failed", false],
  ["fail", { kind: "fail" }, ended(3), "failed", true],
  ["fail", { kind: "fail" }, ended(0), "passed", false],
  ["fail", { kind: "fail" }, ended(125, new Failure("panic", "dead")), "could-not-run", false],
  ["fail", { kind: "fail" }, ended(125, timeout, [["command-started", 1]]), "timed-out", false],
  ["pass", { kind: "pass" }, ended(125, timeout), "could-not-run", false],
  ["status", { kind: "status", status: 3 }, ended(3), "failed", true],
  ["status", { kind: "status", status: 3 }, ended(4), "failed", false],
  ["status 0", { kind: "status", status: 0 }, ended(0), "passed", true],
];
test.each(verdicts)("expected %s: %o", (_name, expected, end, state, asExpected) => {
  expect(verdict(cell("a", expected), end, around)).toMatchObject({ state, asExpected });
});

test("one exit status for all", () => {
  const of = (expected: Expectation, end: ReturnType<typeof ended>) =>
    verdict(cell("a", expected), end, around);
  const good = of({ kind: "pass" }, ended(0));
  const bad = of({ kind: "pass" }, ended(2));
  const dead = of({ kind: "pass" }, ended(125, new Failure("panic", "dead")));
  const skipped = notBegun(cell("s", { kind: "skip", reason: "why" }));
  expect(matrixStatus([good, skipped])).toBe(0);
  expect(matrixStatus([good, bad])).toBe(1);
  expect(matrixStatus([dead, bad])).toBe(125);
  expect(matrixStatus([good, notBegun(cell("n"))])).toBe(1);
});

test("a machine is booted once more only when its guest never came up", () => {
  const died = new Failure("panic", "dead");
  expect(diedInBoot(ended(125, died))).toBe(true);
  expect(diedInBoot(ended(125, died, [["guest-up", 1]]))).toBe(false);
  expect(diedInBoot(ended(125, died, [["resumed", 1]]))).toBe(false);
  expect(diedInBoot(ended(125, new Failure("kernel", "missing")))).toBe(false);
  expect(diedInBoot(ended(1))).toBe(false);
});

test("jobs follow from cores, memory and acceleration", () => {
  const cells = ["a", "b", "c", "d", "e"].map((name) => cell(name));
  const room = { cpus: 2, freeMiB: 16_000, accelerator: "tcg" } as const;
  expect(usualJobs(cells, room)).toBe(2);
  expect(usualJobs(cells, { ...room, accelerator: "kvm" })).toBe(4);
  expect(usualJobs(cells, { ...room, cpus: 64 })).toBe(5);
  expect(usualJobs(cells, { ...room, freeMiB: 1000, cpus: 64 })).toBe(2);
  expect(usualJobs(cells, { ...room, freeMiB: 10 })).toBe(1);
});

test("no more than the jobs run at once, and --fail-fast ends those that run", async () => {
  const cells = ["a", "bad", "c", "d"].map((name) => cell(name));
  let running = 0;
  let most = 0;
  const told: string[] = [];
  const { results } = await schedule({
    cells,
    jobs: 2,
    failFast: true,
    signals: { subscribe: () => () => {} },
    run: async (one, { signals, stopped }) => {
      most = Math.max(most, ++running);
      const end = Promise.withResolvers<void>();
      const off = signals.subscribe((name) => {
        told.push(`${one.name} ${name}`);
        end.resolve();
      });
      if (one.name !== "bad") await end.promise;
      off();
      running--;
      return verdict(one, ended(one.name === "bad" ? 1 : 143), { ...around, stopped: stopped() });
    },
  });
  expect(most).toBe(2);
  expect(told).toEqual(["a SIGTERM"]);
  expect(results.map(({ cell: { name }, state }) => [name, state])).toEqual([
    ["a", "not-run"],
    ["bad", "failed"],
    ["c", "not-run"],
    ["d", "not-run"],
  ]);
});

test("bytes are cut into lines, wherever they come apart", () => {
  const text = Buffer.from("one\n\nlonger than that\nend");
  for (let cut = 0; cut <= text.length; cut++) {
    const found: string[] = [];
    const lines = new Lines(8, (line) => found.push(Buffer.from(line).toString()));
    lines.push(text.subarray(0, cut));
    lines.push(text.subarray(cut));
    lines.end();
    expect(found).toEqual(["one\n", "\n", "longer t", "han that", "\n", "end"]);
  }
});

test("names and lines are shown without what would change a terminal", () => {
  expect(plainLine("\x1b[31mred\x1b[0m \x1b]0;title\x07a\tb\x00", 80)).toBe("red a b\u{fffd}");
  expect(plainLine("abcdef", 4)).toBe("abc…");
  expect(shownName("/a/long/path/6.1", 8)).toBe("…ath/6.1");
});

// The runner takes "::" after blanks at the start of a line, and the older "##[" anywhere in it
// (actions/runner, src/Runner.Common/ActionCommand.cs: TryParseV2, TryParse).
test("no name and no line in the table is a command for GitHub Actions", () => {
  expect(shownName(" ::error::a::b", 20)).toBe("\u{fffd}:error::a::b");
  expect(shownName("a ##[error]b", 20)).toBe("a #\u{fffd}[error]b");
  expect(shownName("###[stop-commands]t", 20)).toBe("##\u{fffd}[stop-commands]t");
  expect(shownName("#\x1b[1m#[error]b", 20)).toBe("#\u{fffd}[error]b");
  expect(shownName("long ::error::a", 11)).toBe("…::error::a");
  expect(
    matrixTable([
      kernelReport("::stop-commands::t", {
        said: "FAILED",
        release: "6##[debug]",
        status: 1,
        bootMs: 1000,
        runMs: 2000,
        firstFailing: "##[set-output name=a]b ::error::c",
      }),
    ]),
  ).toBe(`KERNEL              RELEASE     RESULT  STATUS   BOOT    RUN  FIRST FAILING LINE
\u{fffd}:stop-commands::t  6#\u{fffd}[debug]  FAILED       1  1.0 s  2.0 s  #\u{fffd}[set-output name=a]b ::error::c
`);
});

test("each name has a file of its own", () => {
  const names = ["./a/b", "a b", "a:b", "../..", "é<&\x00"];
  expect([...fileNames(names).values()]).toEqual(["a_b", "a_b-2", "a_b-3", "kernel", "é_"]);
});

test("the line that tells most", () => {
  const of = (text: string) => {
    const notable = new NotableLine();
    for (const byte of Buffer.from(text)) notable.push("stdout", Uint8Array.of(byte));
    return notable.line;
  };
  expect(of("ok 1\nnothing\nlast")).toBe("last");
  expect(of("start\nerror: first\nerror: second\nend\n")).toBe("error: first");
  expect(of("an error here\nnot ok 3 - third\n")).toBe("not ok 3 - third");
  expect(of("\x1b[31merror\x1b[0m: é\n\n \x1b[0m\n")).toBe("error: é");
  expect(of("mirrors\nfirst\n\x1b[1m\x1b[0m\n\n")).toBe("first");
});

test("a spool gives back what it took, also what does not fit into memory", () => {
  const spool = new Spool("/tmp");
  const piece = new Uint8Array(100_000).map((_, index) => index % 251);
  for (let index = 0; index < 10; index++) spool.write(piece);
  expect(spool.bytes).toBe(1_000_000);
  const given = Buffer.concat([...spool.pieces()].map((one) => one.slice()));
  expect(Buffer.compare(given, Buffer.concat(Array.from({ length: 10 }, () => piece)))).toBe(0);
  expect([...spool.pieces()]).toEqual([]);
});
