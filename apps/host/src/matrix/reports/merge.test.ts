import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { dealtShard } from "../shard.ts";
import { mergeReports } from "./merge.ts";
import { readReports } from "./read.ts";
import type { KernelReport, MatrixReport } from "./report.ts";
import { kernelReport as kernel } from "./testing/kernel-report.ts";

const cwd = mkdtempSync(join(tmpdir(), "vimto-merge-"));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const names = ["a", "b", "c", "d", "e"];
const failing = { result: "failed", said: "FAILED", asExpected: false, status: 3 } as const;

/** The report of shard `index` of `count`. */
function shard(
  index: number,
  count = 3,
  of: (name: string) => Partial<KernelReport> = () => ({}),
  list = names,
): MatrixReport {
  const dealt = dealtShard(list, { index, count });
  const own = dealt.kernels.filter((one) => one.shard === index);
  return {
    version: 2,
    command: ["make", "check"],
    began: `2026-11-27T11:00:0${index}.000Z`,
    tookMs: 5000,
    status: 0,
    shard: dealt,
    bisect: null,
    kernels: own.map(({ name }) => kernel(name, of(name))),
  };
}

type Content = MatrixReport | string;
function merged(...contents: readonly Content[]) {
  const files = contents.map((content, at) => {
    const file = `${at + 1}.json`;
    writeFileSync(join(cwd, file), typeof content === "string" ? content : JSON.stringify(content));
    return file;
  });
  const { read, faults } = readReports(files, cwd);
  const { report, complaints } = mergeReports(read, faults.length > 0);
  return { report, said: [...faults, ...complaints] };
}
const ownNames = (index: number, count = 3) => shard(index, count).kernels.map(({ name }) => name);
const states = (report: MatrixReport | undefined) =>
  report?.kernels.map(({ name, said }) => [name, said]);

test("all shards are one run, in the order of its kernels and whatever that of the files", () => {
  const { report, said } = merged(shard(3), shard(1), shard(2));
  expect(said).toEqual([]);
  expect(report).toEqual({
    version: 2,
    command: ["make", "check"],
    began: "2026-11-27T11:00:01.000Z",
    tookMs: 7000,
    status: 0,
    shard: null,
    bisect: null,
    kernels: names.map((name) => kernel(name)),
  });
});

test("the status is that of a single run", () => {
  const of = (state: Partial<KernelReport>, status = 0) => {
    const [bad = ""] = ownNames(2);
    const second = shard(2, 3, (name) => (name === bad ? state : {}));
    return merged(shard(1), { ...second, status }, shard(3)).report?.status;
  };
  expect(of({})).toBe(0);
  expect(of(failing)).toBe(1);
  expect(of({ ...failing, asExpected: true })).toBe(0);
  expect(of({ ...failing, result: "could-not-run" })).toBe(125);
  expect(of({ ...failing, result: "not-run" }, 130)).toBe(130);
});

test("a missing shard is named with its kernels, which could not run", () => {
  const { report, said } = merged(shard(1), shard(3));
  const lost = ownNames(2);
  const shown = lost.map((name) => JSON.stringify(name)).join(", ");
  expect(said).toEqual([`shard 2/3 is missing, with ${shown}; add its report, or run it again`]);
  expect(states(report)).toEqual(
    names.map((name) => [name, lost.includes(name) ? "COULD NOT RUN" : "passed"]),
  );
  expect(report?.kernels.find(({ name }) => name === lost[0])).toMatchObject({
    reason: "the report of shard 2/3 is missing",
    status: null,
  });
  expect(report?.status).toBe(125);
  // Also when the user ended another one by a signal.
  const interrupted = { ...shard(3, 3, () => ({ result: "not-run" })), status: 130 };
  expect(merged(shard(1), shard(2), interrupted).report?.status).toBe(130);
  expect(merged(shard(1), interrupted).report?.status).toBe(125);
});

test("of a missing shard without kernels nothing is missing", () => {
  const reports = [1, 2, 3, 4, 5, 6].map((index) => shard(index, 6));
  const empty = reports.findIndex(({ kernels }) => kernels.length === 0);
  const { report, said } = merged(...reports.filter((_, at) => at !== empty));
  expect(said).toEqual([]);
  expect(report?.status).toBe(0);
});

test("many missing kernels are counted", () => {
  const many = Array.from({ length: 8 }, (_, at) => `k${at}`);
  const whole = shard(1, 1, () => ({}), many);
  const kernels = many.map((name) => ({ name, shard: 2 }));
  const { said } = merged({ ...whole, shard: { index: 1, count: 2, kernels }, kernels: [] });
  expect(said).toEqual([
    'shard 2/2 is missing, with "k0", "k1", "k2", "k3", "k4" and 3 more; add its report, or run it again',
  ]);
});

test("of many shards those with kernels are asked for", () => {
  const [first] = [shard(1, 999_999, () => ({}), ["a"])];
  const kernels = [{ name: "a", shard: 999_999 }];
  const report = { ...first, shard: { index: 1, count: 999_999, kernels }, kernels: [] };
  expect(merged(report).said).toEqual([
    'shard 999999/999999 is missing, with "a"; add its report, or run it again',
  ]);
});

const whole = JSON.stringify(shard(2, 2));
const damage = (why: string) => `is damaged: ${why}; copy it once more, or run its shard again`;
const faults: [string, string, string][] = [
  ["empty", "\n", damage("it is empty")],
  ["cut", whole.slice(0, -20), damage("it is no JSON, or not all of it")],
  [
    "a wrong value",
    whole.replace('"said":"passed"', '"said":7'),
    damage('"kernels.0.said" is not what the schema says'),
  ],
  [
    "too many shards",
    whole.replace('"count":2', '"count":9007199254740991'),
    damage('"shard.count" is not what the schema says'),
  ],
  ["another key", whole.replace("{", '{"x":1,'), damage("it has keys that a report does not have")],
  [
    "another kernel",
    whole.replaceAll(/"name":"\w","release"/g, '"name":"z","release"'),
    damage("its kernels are not those of its shard"),
  ],
  [
    "no report",
    '{"name":"x","version":"1.0"}',
    "is none of vimto's JSON reports; vimto writes one with --report json=FILE",
  ],
  [
    "another version",
    whole.replace('"version":2', '"version":1'),
    "is of version 1, and this vimto reads version 2; use one vimto for all shards",
  ],
];
test.each(faults)("a file that is %s is told, and the rest is joined", (_name, text, why) => {
  const { report, said } = merged(shard(1, 2), text);
  const lost = ownNames(2, 2)
    .map((name) => JSON.stringify(name))
    .join(", ");
  expect(said).toEqual([
    `the report "2.json" ${why}`,
    `shard 2/2 is missing, with ${lost}; add its report, or run it again`,
  ]);
  expect(report?.status).toBe(125);
  expect(report?.kernels.map(({ name }) => name)).toEqual(names);
});

test("a file that cannot be read is told, and without any report there is none", () => {
  const { read, faults: said } = readReports(["nope.json", "."], cwd);
  expect(said).toEqual([
    'the report "nope.json" cannot be read (ENOENT); check the path',
    'the report "." cannot be read (EISDIR); check the path',
  ]);
  expect(mergeReports(read, true)).toEqual({ report: undefined, complaints: [] });
});

const aliens: [string, MatrixReport, string][] = [
  [
    "command",
    { ...shard(2, 2), command: ["make", "all"] },
    'its command is "make all"; merge the reports of one run',
  ],
  ["count", shard(2, 3), "it is one of 3 shards, and not of 2; merge the reports of one run"],
  [
    "list",
    shard(2, 2, () => ({}), [...names, "f"]),
    "its list of kernels is another one; give all shards the same kernels",
  ],
];
test.each(aliens)("a report of another %s is told and left out", (_name, report, why) => {
  const { report: joined, said } = merged(shard(1, 2), shard(2, 2), report);
  expect(said).toEqual([`the report "3.json" is of another run than "1.json": ${why}`]);
  expect([joined?.status, joined?.kernels]).toEqual([125, names.map((name) => kernel(name))]);
});

test("shards that were dealt out in another way are not joined", () => {
  const [first, second] = [shard(1, 2), shard(2, 2)];
  const own = { ...second, kernels: names.map((name) => kernel(name)) };
  const kernels = names.map((name) => ({ name, shard: 2 }));
  const { said } = merged(first, { ...own, shard: { index: 2, count: 2, kernels } });
  expect(said[0]).toBe(
    'the report "2.json" is of another run than "1.json": its kernels were dealt out in another way; give all shards the same --timings',
  );
});

test("of two reports of one shard the first counts", () => {
  const { report, said } = merged(
    shard(1, 2),
    shard(2, 2),
    shard(1, 2, () => failing),
  );
  expect(said).toEqual([
    'the reports "1.json" and "3.json" are both of shard 1/2; the first one counts, leave the other out',
  ]);
  expect(report?.status).toBe(125);
  expect(states(report)).toEqual(names.map((name) => [name, "passed"]));
});

test("a whole run is joined to nothing but itself", () => {
  const { shard: _, ...rest } = shard(1, 1);
  const report = { ...rest, shard: null };
  expect(merged(report)).toEqual({ report, said: [] });
  // A search ends with 0 when it has found a kernel that fails.
  const bisect = { lastGood: "a", firstBad: "b", untestable: [], said: "found" };
  const kernels = [kernel("a"), kernel("b", failing)];
  const search = { ...report, kernels, bisect };
  expect(merged(search)).toEqual({ report: search, said: [] });
  expect(merged(report, report).said).toEqual([
    'the reports "1.json" and "2.json" are both of a whole run; the first one counts, leave the other out',
  ]);
});
