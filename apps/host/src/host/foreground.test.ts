import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { family, inForeground, parseStat } from "./foreground.ts";

const one = (pid: number, parent: number, group: number) => ({
  pid,
  parent,
  group,
  terminal: 0,
  foreground: -1,
});

test("a program's name may hold anything", () => {
  expect(parseStat("7 (a) b (c)) S 3 5 6 34816 9 4194560 0")).toEqual({
    pid: 7,
    parent: 3,
    group: 5,
    terminal: 34816,
    foreground: 9,
  });
});

test("this process", () => {
  expect(parseStat(readFileSync("/proc/self/stat", "utf8"))).toMatchObject({
    pid: process.pid,
    parent: process.ppid,
  });
  expect(family(process.pid)).toContain(process.pid);
});

test("only the foreground group of a terminal gets its signals", () => {
  const own = { ...one(7, 1, 5), terminal: 34816 };
  expect(inForeground({ ...own, foreground: 5 })).toBe(true);
  expect(inForeground({ ...own, foreground: 6 })).toBe(false);
  expect(inForeground({ ...own, terminal: 0, foreground: 5 })).toBe(false);
});

test("a family ends where another process group begins", () => {
  const all = [one(1, 0, 1), one(10, 1, 9), one(11, 10, 9), one(12, 11, 9), one(13, 12, 13)];
  expect(family(10, [...all, one(14, 13, 9), one(20, 1, 9)])).toEqual([10, 11, 12]);
  expect(family(99, all)).toEqual([]);
});
