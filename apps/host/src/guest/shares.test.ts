import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { planShares } from "./shares.ts";

const top = realpathSync(mkdtempSync(join(tmpdir(), "vimto-shares-")));
afterAll(() => rmSync(top, { recursive: true }));
const made = (name: string) => {
  mkdirSync(join(top, name), { recursive: true });
  return join(top, name);
};
const cwd = made("work");
const inputs = { cwd, gitRoot: undefined, program: "", asked: [] };
const writable = (...paths: string[]) => paths.map((path) => ({ path, readonly: false }));

test("a program that is a bare name shares nothing of its own", () => {
  expect(planShares({ ...inputs, program: "make" })).toEqual(writable(cwd));
});

test("a program that is a path shares its directory, but not a distribution's", () => {
  const tools = made("tools");
  expect(planShares({ ...inputs, program: "../tools/run" })).toEqual(writable(tools, cwd));
  expect(planShares({ ...inputs, program: "/usr/bin/make" })).toEqual(writable(cwd));
});

test("the root is never shared", () => {
  expect(planShares({ ...inputs, cwd: "/", program: "./run" })).toEqual([]);
});

test("what go told a test binary is shared", () => {
  const profiles = made("profiles");
  expect(planShares({ ...inputs, told: [profiles, cwd] })).toEqual(writable(profiles, cwd));
});

test("one within another of the same kind is left out", () => {
  const inner = made("work/inner");
  expect(planShares({ ...inputs, gitRoot: cwd, cwd: inner })).toEqual(writable(cwd));
});
