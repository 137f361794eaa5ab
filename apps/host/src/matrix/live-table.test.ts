import { expect, test } from "vitest";
import { type LiveRow, lastLine, liveTable } from "./live-table.ts";

const row = (name: string, more: Partial<LiveRow> = {}): LiveRow => ({
  name,
  phase: "waiting",
  state: "waiting",
  ms: undefined,
  line: "",
  ...more,
});
const rows = [
  row("debian:12", { phase: "ended", state: "passed", ms: 67_400, line: "ok 12" }),
  row("./bzImage", { phase: "running", state: "running", ms: 7900, line: "test 3 of 40" }),
  row("later"),
];

test("cells in order, with state, time and last line", () => {
  expect(liveTable(rows, { rows: 24, columns: 80 })).toEqual([
    "debian:12  passed   1:07  ok 12",
    "./bzImage  running   7 s  test 3 of 40",
    "later      waiting",
  ]);
  expect(liveTable([row("a", { ms: 7_207_000 })], { rows: 24, columns: 80 })).toEqual([
    "a  waiting  2:00:07",
  ]);
});

test("no line is as wide as the terminal, and one of output remains above", () => {
  const many = Array.from({ length: 30 }, (_, at) => row(`kernel ${at}`, at < 4 ? rows[1] : {}));
  for (let height = 1; height < 40; height++) {
    for (const columns of [1, 2, 10, 33, 80]) {
      const lines = liveTable(many, { rows: height, columns });
      expect(lines.length).toBeLessThanOrEqual(Math.max(1, height - 2));
      for (const line of lines) expect(line.length).toBeLessThan(columns);
    }
  }
});

test("of too many, those that run are shown, and how many others there are", () => {
  const many = [...rows, ...rows, ...rows, ...rows].map((one, at) => ({ ...one, name: `k${at}` }));
  expect(liveTable(many, { rows: 7, columns: 80 })).toEqual([
    "k1   running  7 s  test 3 of 40",
    "k4   running  7 s  test 3 of 40",
    "k7   running  7 s  test 3 of 40",
    "k10  running  7 s  test 3 of 40",
    "4 passed, 4 waiting",
  ]);
  expect(liveTable(many, { rows: 5, columns: 80 }).at(-1)).toBe("4 passed, 2 running, 4 waiting");
});

test("the last line that says something, without what would move the cursor", () => {
  expect(lastLine("one\ntwo\r\n\n")).toBe("two");
  expect(lastLine("10%\r20%\r30%")).toBe("30%");
  expect(lastLine("\x1b[2J\x1b[31mred\x1b[0m\tx\n")).toBe("red x");
  expect(lastLine("")).toBe("");
});
