import { expect, test } from "vitest";
import { didYouMean, editDistance, nearest } from "./nearest.ts";

const options = ["kernel", "memory", "smp", "sudo", "share", "verbose", "version", "timeout"];

test.each([
  ["kernal", "kernel"],
  ["krenel", "kernel"],
  ["Kernel", "kernel"],
  ["memroy", "memory"],
  ["smb", "smp"],
  ["s", "smp"],
  ["mem", "memory"],
  ["ver", "verbose"],
  ["tiemout", "timeout"],
])("%s means %s", (typed, meant) => {
  expect(nearest(typed, options)).toBe(meant);
});

test.each([[""], ["x"], ["frobnicate"], ["kernel-that-is-long"]])("%j is near nothing", (typed) => {
  expect(nearest(typed, options)).toBeUndefined();
});

test.each([
  ["", "", 0],
  ["", "abc", 3],
  ["abc", "", 3],
  ["abc", "abc", 0],
  ["abc", "acb", 1],
  ["kitten", "sitting", 3],
  ["ca", "abc", 3],
])("from %j to %j is %i", (from, to, distance) => {
  expect(editDistance(from, to)).toBe(distance);
});

test("a length too different is not computed", () => {
  expect(editDistance("a".repeat(1_000_000), "b", 3)).toBe(4);
});

test("the tail of a sentence", () => {
  const dashed = (name: string) => `--${name}`;
  expect(didYouMean("kernal", options, "see --help", dashed)).toBe("; did you mean --kernel?");
  expect(didYouMean("zzz", options, "see --help", dashed)).toBe("; see --help");
});
