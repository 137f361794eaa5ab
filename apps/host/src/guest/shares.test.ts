import { expect, test } from "vitest";
import { planShares } from "./shares.ts";

const writable = (...paths: string[]) => paths.map((path) => ({ path, readonly: false }));

test("what a run implies is shared, outer directories first", () => {
  expect(planShares([], ["/home/me/work", "/home/me/tools"])).toEqual(
    writable("/home/me/tools", "/home/me/work"),
  );
});

test("a distribution's directories are not, nor is the root", () => {
  expect(planShares([], ["/usr/bin", "/"])).toEqual([]);
  expect(planShares([], ["/users/me", "/optional"])).toEqual(writable("/optional", "/users/me"));
});

test("one within another of the same kind is left out", () => {
  expect(planShares([], ["/work", "/work/inner", "/work"])).toEqual(writable("/work"));
});

test("what --share says wins over what the run implies", () => {
  const readonly = { path: "/work", readonly: true };
  expect(planShares([readonly], ["/work"])).toEqual([readonly]);
  expect(planShares([readonly], ["/work/out"])).toEqual([readonly, ...writable("/work/out")]);
});
