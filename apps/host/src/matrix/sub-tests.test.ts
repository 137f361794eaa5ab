import { expect, test } from "vitest";
import { SubTests } from "./sub-tests.ts";

const found = (text: string) => {
  const tests = new SubTests();
  tests.push(Buffer.from(text));
  return tests.found.map(({ name, result, message }) =>
    message === "" ? `${result} ${name}` : `${result} ${name}: ${message}`,
  );
};

test("TAP, with what is said of failures, skips and tests in tests", () => {
  expect(
    found(`TAP version 14
1..5
ok 1 - first
not ok 2 - second
  ---
  message: "why"
  ...
# got 3
ok 3 # SKIP no hardware
not ok 4 - later # TODO not written
# Subtest: outer
    ok 1 - one
    not ok 2 - \\# two
    1..2
not ok 5 - outer
`),
  ).toEqual([
    "passed first",
    'failed second: message: "why"\ngot 3',
    "skipped unnamed: no hardware",
    "skipped later: not written",
    "passed outer / one",
    "failed outer / # two",
  ]);
});

test("KTAP, as the kernel prints it, with its times", () => {
  expect(
    found(`[    0.060861] KTAP version 1
[    0.060862] 1..2
[    0.060863]   KTAP version 1
[    0.060864]   # Subtest: list
[    0.060865]   1..2
[    0.060866]   # two: EXPECTATION FAILED at lib/list-test.c:12
[    0.060867]   not ok 1 two
[    0.060868]   ok 2 three # SKIP not built
[    0.060869] not ok 1 list
[    0.060870] ok 2 whole
`),
  ).toEqual([
    "failed list / two: two: EXPECTATION FAILED at lib/list-test.c:12",
    "skipped list / three: not built",
    "passed whole",
  ]);
});

test("a directive is the first # that says one", () => {
  expect(
    found(`ok 1 - a # b # skip see #12
ok 2 - # SKIP
ok 3 - C# todo lists
ok 4 - \\# skip
ok 5 -   # xfail
ok 6 - a#skip
`),
  ).toEqual([
    "skipped a # b: see #12",
    "skipped unnamed",
    "passed C# todo lists",
    "passed # skip",
    "skipped unnamed",
    "passed a#skip",
  ]);
});

test("of a long line the first 16 KiB count, whatever is in them", () => {
  for (const filler of [" ", "# ", " #", "#", "x", " \r", "\u2028"]) {
    const blanks = filler.repeat(3_000_000 / filler.length);
    const lines = found(`ok 1 a${blanks}# SKIP why\nnot ok 2 - b # TODO${blanks}x\nok 3 - c\n`);
    expect(lines.map((line) => line.slice(0, 6))).toEqual(["passed", "skippe", "passed"]);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(17 << 10);
    expect(lines[2]).toBe("passed c");
  }
});

test("go test -json, where a test with tests counts by those", () => {
  const event = (fields: object) => `${JSON.stringify({ Time: "t", Package: "p", ...fields })}\n`;
  expect(
    found(
      event({ Action: "run", Test: "TestA" }) +
        event({ Action: "output", Test: "TestA/x", Output: "=== RUN   TestA/x\n" }) +
        event({ Action: "output", Test: "TestA/x", Output: "    a_test.go:3: too old\n" }) +
        event({ Action: "fail", Test: "TestA/x", Elapsed: 0.5 }) +
        event({ Action: "fail", Test: "TestA" }) +
        event({ Action: "skip", Test: "TestB" }) +
        event({ Action: "pass", Test: "TestC" }) +
        event({ Action: "fail" }),
    ),
  ).toEqual(["failed p / TestA/x: a_test.go:3: too old", "skipped p / TestB", "passed p / TestC"]);
});

test("of many tests the first are kept", () => {
  const tests = new SubTests();
  for (let index = 1; index <= 300_000; index++) tests.push(Buffer.from(`ok ${index} - t\n`));
  expect([tests.found.length, tests.leftOut]).toEqual([10_000, 290_000]);
});

test("what looks like it and is not", () => {
  expect(
    found('ok  \texample.org/a\t0.1s\n{"Action":\nok then\nnot okay 1\n{"a":1}\nok 1st\n'),
  ).toEqual([]);
});

test("tests are found wherever output comes apart, and what is around them is passed over", () => {
  const noise = "a line of a log, with é and \u{1f600}\n".repeat(3);
  const text = `${noise}ok 1 - é\r\n${noise}not ok 2 - two\nwhy é\n${noise}{"Action":"pass","Package":"p","Test":"T"}\nok 3`;
  const bytes = Buffer.from(text);
  const whole = new SubTests();
  whole.push(bytes);
  const expected = whole.found;
  expect(expected.map(({ name }) => name)).toEqual(["p / T", "é", "two", "unnamed"]);
  expect(expected[2]?.message).toMatch(/^why é\na line of a log, with é and \u{1f600}\n/u);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const tests = new SubTests();
    tests.push(bytes.subarray(0, cut));
    tests.push(bytes.subarray(cut));
    expect(tests.found, `cut at ${cut}`).toEqual(expected);
  }
});
