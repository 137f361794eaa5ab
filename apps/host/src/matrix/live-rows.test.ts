import { expect, test } from "vitest";
import type { Cell } from "./cell.ts";
import { LiveRows } from "./live-rows.ts";
import { schedule } from "./schedule.ts";
import { testCell as cell } from "./testing/cell.ts";
import { verdict } from "./verdict.ts";

const result = (one: Cell, status = 0) =>
  verdict(
    one,
    {
      outcome: status === 0 ? "passed" : "failed",
      status,
      reason: undefined,
      release: "6.1",
      moments: new Map(),
    },
    {
      failingLine: "",
      tries: 1,
      stopped: false,
      output: { text: "", bytes: 0 },
      tests: [],
      testsLeftOut: 0,
    },
  );
const [a, b, c] = [cell("a"), cell("b"), cell("c")];
const skipped = cell("skipped", { kind: "skip", reason: "why" });
const states = (rows: LiveRows) => rows.rows.map(({ name, state }) => `${name} ${state}`);

test("a cell from its start to its end, with its last line", () => {
  const rows = new LiveRows([a, b, skipped], false);
  expect(states(rows)).toEqual(["a waiting", "b waiting", "skipped skipped"]);
  rows.begin(a);
  rows.follow(a, { kind: "moment", moment: "command-started" });
  rows.took(a, Buffer.from("one\ntw"));
  rows.took(a, Buffer.from("o\n"));
  expect(states(rows)).toEqual(["a running", "b waiting", "skipped skipped"]);
  expect(rows.rows[0]).toMatchObject({ phase: "running", line: "two", ms: expect.any(Number) });
  rows.end(result(a));
  expect(states(rows)).toEqual(["a passed", "b waiting", "skipped skipped"]);
});

test("what is not begun any more is not run", async () => {
  const rows = new LiveRows([a, b, c, skipped], false);
  const seen: string[][] = [];
  await schedule({
    cells: [a, b, c, skipped],
    jobs: 1,
    failFast: true,
    signals: { subscribe: () => () => {} },
    closed: () => {
      rows.close();
      seen.push(states(rows));
    },
    run: async (one) => {
      rows.begin(one);
      rows.end(result(one, 3));
      return result(one, 3);
    },
  });
  expect(seen).toEqual([["a FAILED", "b not run", "c not run", "skipped skipped"]]);
});

test("of a search those are shown that were looked at or known, in the order of the list", () => {
  const rows = new LiveRows([a, b, c], true);
  expect(states(rows)).toEqual([]);
  rows.begin(c);
  rows.end({ ...result(a), kept: true });
  expect(states(rows)).toEqual(["a passed, known from before", "c starting"]);
  rows.close();
  expect(states(rows)).toEqual(["a passed, known from before", "c starting"]);
});
