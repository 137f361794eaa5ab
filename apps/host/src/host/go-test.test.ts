import { expect, test } from "vitest";
import { goTestDirectories } from "./go-test.ts";

const program = "/tmp/go-build123/b001/x.test";
const none = { output: undefined, fuzzCache: undefined };

test("the directories that go names to a test binary", () => {
  const argv = [program, "-test.fuzzcachedir=/c/fuzz/x", "-test.v", "-test.outputdir=/src"];
  expect(goTestDirectories(argv, "/src/x")).toEqual({ output: "/src", fuzzCache: "/c/fuzz/x" });
});

test("one written by hand may be relative", () => {
  const argv = ["./x.test", "-test.outputdir=../out"];
  expect(goTestDirectories(argv, "/src/x")).toEqual({ ...none, output: "/src/out" });
});

test.each([
  ["no such words", [program, "-test.v"]],
  ["an empty one", [program, "-test.outputdir="]],
  ["another program", ["make", "-test.outputdir=/src"]],
  ["no program", []],
])("%s", (_, argv) => {
  expect(goTestDirectories(argv, "/src")).toEqual(none);
});
