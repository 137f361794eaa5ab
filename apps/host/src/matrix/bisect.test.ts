import { expect, test } from "vitest";
import { Failure } from "../failure.ts";
import { bisect, type Judgement } from "./bisect.ts";
import { runBisection } from "./bisection.ts";
import { keptText } from "./kept-results.ts";
import { silent as around, testCell as cell } from "./testing/cell.ts";
import { verdict } from "./verdict.ts";

/** Looks for the first bad one of `truth`; tells what was found and what was looked at. */
async function search(truth: readonly Judgement[]) {
  const tried: number[] = [];
  const found = await bisect(truth.length, async (places) => {
    tried.push(...places);
    return places.map((place) => truth[place] ?? "untestable");
  });
  return { found, tried };
}

test("the first bad one of every list is found, with as many tries as halves", async () => {
  for (let count = 2; count <= 33; count++) {
    for (let firstBad = 1; firstBad < count; firstBad++) {
      const truth = Array.from({ length: count }, (_, at) => (at < firstBad ? "good" : "bad"));
      const { found, tried } = await search(truth as Judgement[]);
      const expected = { kind: "found", lastGood: firstBad - 1, firstBad, untestable: [] };
      expect(found, `${firstBad} of ${count}`).toEqual(expected);
      expect(new Set(tried).size).toBe(tried.length);
      expect(tried.length).toBeLessThanOrEqual(2 + Math.ceil(Math.log2(count - 1)));
    }
  }
});

const g = "good";
const b = "bad";
const u = "untestable";
test.each<[Judgement[], object]>([
  [[g, u, b], { kind: "found", lastGood: 0, firstBad: 2, untestable: [1] }],
  [[g, g, u, b, b], { kind: "found", lastGood: 1, firstBad: 3, untestable: [2] }],
  [[g, u, u, g, b], { kind: "found", lastGood: 3, firstBad: 4, untestable: [] }],
  [[g, b, u, u, u, b], { kind: "found", lastGood: 0, firstBad: 1, untestable: [] }],
  [[b, b], { kind: "end", end: "first", judgement: "bad" }],
  [[u, b], { kind: "end", end: "first", judgement: "untestable" }],
  [[g, b, g], { kind: "end", end: "last", judgement: "good" }],
  [[g, u], { kind: "end", end: "last", judgement: "untestable" }],
])("%j", async (truth, expected) => {
  expect((await search(truth)).found).toEqual(expected);
});

test("a search that the user ends has found nothing", async () => {
  expect(await bisect(4, async () => undefined)).toEqual({ kind: "ended" });
});

/** For a command that takes longer than --timeout. */
const TOO_LONG = -1;

/** A search among kernels of these names whose command has these statuses. */
async function among(
  statuses: Readonly<Record<string, number>>,
  kept = new Map<string, string>(),
  identity: (name: string) => string | undefined = (name) => name,
  resume = true,
) {
  const ran: string[] = [];
  const result = await runBisection({
    cells: Object.keys(statuses).map((name) => cell(name)),
    jobs: 1,
    signals: { subscribe: () => () => {} },
    run: async (one) => {
      ran.push(one.name);
      const status = statuses[one.name] ?? 0;
      if (status === TOO_LONG)
        return verdict(
          one,
          {
            outcome: "could-not-run",
            status: 125,
            reason: new Failure("timeout", "too long"),
            release: "6.1",
            moments: new Map([["command-started", 1]]),
          },
          around,
        );
      const outcome = status === 0 ? "passed" : status === 125 ? "could-not-run" : "failed";
      const ended = {
        outcome,
        status,
        reason: undefined,
        release: "6.1",
        moments: new Map(),
      } as const;
      return verdict(one, ended, around);
    },
    identify: async ({ name }) => {
      const text = identity(name);
      return text === undefined ? undefined : [text];
    },
    resume,
    kept: { read: (key) => kept.get(key), write: (key, text) => kept.set(key, text) },
  });
  const { conclusion, status, results } = result;
  return { ran, said: conclusion.said, status, tried: results.map((one) => one.cell.name) };
}

test("results are kept, and what is known is not run again", async () => {
  const kept = new Map<string, string>();
  const statuses = { a: 0, b: 0, c: 125, d: 3, e: 3 };
  const first = await among(statuses, kept);
  expect(first).toEqual({
    ran: ["a", "e", "c", "b", "d"],
    said: 'the first bad kernel is "c" or "d", as those between it and the last good one, "b", could not be tested (5 of 5 kernels tried)',
    status: 125,
    tried: ["a", "b", "c", "d", "e"],
  });
  // What could not be tested is tried once more.
  expect(await among({ ...statuses, c: 0 }, kept)).toEqual({
    ran: ["c"],
    said: '"d" is the first bad kernel, "c" the last good one (4 of 5 kernels tried)',
    status: 0,
    tried: ["a", "c", "d", "e"],
  });
  // Another kernel under a name that is known.
  expect((await among(statuses, kept, (name) => (name === "e" ? "new" : name))).ran).toEqual(["e"]);
  const unknown = await among(statuses, kept, () => undefined);
  expect(unknown.ran).toEqual(first.ran);
  // Nobody has asked for what is known.
  expect((await among(statuses, kept, undefined, false)).ran).toEqual(first.ran);
});

test("a command that took too long is run again", async () => {
  const kept = new Map<string, string>();
  const statuses = { a: 0, b: TOO_LONG };
  expect((await among(statuses, kept)).said).toMatch(/^"b" is the first bad kernel/);
  expect((await among(statuses, kept)).ran).toEqual(["b"]);
});

test("what was kept damaged is as good as nothing", async () => {
  const kept = new Map<string, string>();
  await among({ a: 0, b: 1 }, kept);
  for (const [key, text] of kept) kept.set(key, text.slice(0, -1));
  expect((await among({ a: 0, b: 1 }, kept)).ran).toEqual(["a", "b"]);
});

test("ends that are not as they must be are told", async () => {
  expect(await among({ a: 1, b: 1 })).toMatchObject({
    said: 'the first kernel, "a", is bad already; begin with one on which the command works',
    status: 1,
  });
  expect(await among({ a: 0, b: 0 })).toMatchObject({
    said: 'the last kernel, "b", is good; end with one on which the command fails',
    status: 1,
  });
  expect(await among({ a: 0, b: 125 })).toMatchObject({
    said: 'the last kernel, "b", could not be tested; choose another last one',
    status: 125,
  });
});

test("a kept result has how it ended, and no output", () => {
  const ended = {
    outcome: "failed",
    status: 3,
    reason: undefined,
    release: "6.1",
    moments: new Map(),
  } as const;
  const text = keptText(verdict(cell("a"), ended, { ...around, output: { text: "x", bytes: 1 } }));
  expect(JSON.parse(text)).toEqual({
    state: "failed",
    asExpected: false,
    crashed: false,
    status: 3,
    release: "6.1",
    firstFailing: "line",
  });
});
