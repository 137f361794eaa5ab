import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { KernelReport, MatrixReport } from "./reports/report.ts";
import { kernelReport as kernel } from "./reports/testing/kernel-report.ts";
import { writeReports } from "./reports/write.ts";
import { readTimings } from "./timings.ts";

const cwd = mkdtempSync(join(tmpdir(), "vimto-timings-"));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const report = (...kernels: readonly KernelReport[]): MatrixReport => ({
  version: 2,
  command: ["true"],
  began: "2026-11-27T11:00:00.000Z",
  tookMs: 5000,
  status: 0,
  shard: null,
  bisect: null,
  kernels,
});
const write = (kind: "timings" | "json", file: string, of: MatrixReport) =>
  writeReports([{ kind, file }], of, { cwd, environment: {}, print: () => {} });
const read = (file: string) => {
  const said: string[] = [];
  return { durations: Object.fromEntries(readTimings(file, cwd, (text) => said.push(text))), said };
};

test("a run writes what it measured, and keeps what others did", () => {
  const file = "timings.json";
  write("timings", file, report(kernel("b"), kernel("__proto__"), kernel("a", { runMs: 9 })));
  const cut = { result: "not-run", asExpected: false } as const;
  const dead = { result: "could-not-run", bootMs: null, runMs: null } as const;
  const late = { result: "timed-out", runMs: 5000 } as const;
  write("timings", file, report(kernel("b", cut), kernel("a", dead), kernel("c", late)));
  expect(JSON.parse(readFileSync(join(cwd, file), "utf8"))).toEqual({
    version: 1,
    timings: [
      { name: "__proto__", ms: 1400 },
      { name: "a", ms: 409 },
      { name: "b", ms: 1400 },
      { name: "c", ms: 5400 },
    ],
  });
  expect(read(file)).toEqual({
    durations: JSON.parse('{"__proto__":1400,"a":409,"b":1400,"c":5400}'),
    said: [],
  });
});

test("a JSON report has durations too", () => {
  write("json", "report.json", report(kernel("a"), kernel("b", { bootMs: null })));
  expect(read("report.json")).toEqual({ durations: { a: 1400 }, said: [] });
});

test("a file that is not there yet is told, and one that has none is refused", () => {
  expect(read("nope.json")).toEqual({
    durations: {},
    said: ['--timings "nope.json" is not there; the kernels are dealt out by their names'],
  });
  const refused = (file: string, why: string) =>
    expect(() => read(file)).toThrowError(`--timings ${JSON.stringify(file)} ${why}`);
  refused(".", "cannot be read (EISDIR); check the path");
  for (const text of [
    "",
    "{",
    "[]",
    '{"version":1}',
    '{"version":1,"timings":[{"name":"a","ms":-1}]}',
  ]) {
    writeFileSync(join(cwd, "bad"), text);
    refused("bad", "has no durations; write it with --report timings=FILE, or name a JSON report");
  }
});
