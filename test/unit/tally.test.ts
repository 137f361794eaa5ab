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
