import { expect, test } from "vitest";
import { nothing, report, skipsFail, sum } from "../../scripts/test-run/tally.ts";

const mixed = sum([
  { ...nothing, passed: 2 },
  { passed: 1, failed: ["a > b"], skipped: [{ name: "c", reason: "no kernel of the 6.1 line" }] },
]);

test("the report lists skips with their reasons, then failures, then the counts", () => {
  expect(report(mixed)).toBe(
    "skipped: c: no kernel of the 6.1 line\nfailed: a > b\n3 passed, 1 failed, 1 skipped\n",
  );
});

test("without a skip the last line has two counts", () => {
  expect(report({ ...nothing, passed: 3 })).toBe("3 passed, 0 failed\n");
});

test("where a skip is a failure it is counted and named as one", () => {
  expect(report(skipsFail(mixed))).toBe(
    "failed: a > b\nfailed: c was skipped: no kernel of the 6.1 line\n3 passed, 2 failed\n",
  );
});

test("skips that may be are counted for each reason, and are no failures", () => {
  const reason = "no clone of the project has builtin-6.1";
  const skipped = ["a", "b"].map((name) => ({ name, reason, optional: true as const }));
  const tally = { ...nothing, passed: 1, skipped };
  expect(skipsFail(tally)).toEqual(tally);
  expect(report(tally)).toBe(`skipped: 2 of the tests: ${reason}\n1 passed, 0 failed\n`);
});
