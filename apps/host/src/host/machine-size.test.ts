import { expect, test } from "vitest";
import { countCpuList, hostLimits } from "./machine-size.ts";

test.each([
  ["0\n", 1],
  ["0-1\n", 2],
  ["0-3,8\n", 5],
  ["0,2,4-7\n", 6],
])("%j", (list, count) => {
  expect(countCpuList(list)).toBe(count);
});

test("this host has something", () => {
  const limits = hostLimits();
  expect(limits.cpus).toBeGreaterThanOrEqual(1);
  expect(limits.memoryBytes).toBeGreaterThan(64 * 1024 * 1024);
  expect(["amd64", "arm64"]).toContain(limits.arch);
});
