import { settingsOf } from "../../settings/testing/fixture.ts";
import type { Cell, Expectation } from "../cell.ts";
import type { Circumstances } from "../verdict.ts";

/** A cell of a kernel that nobody boots. */
export const testCell = (name: string, expected: Expectation = { kind: "pass" }): Cell => ({
  name,
  settings: settingsOf({ argv: ["--kernel", "k"] }),
  environment: {},
  expected,
  listed: false,
});

/** A run whose command wrote nothing. */
export const silent: Circumstances = {
  failingLine: "line",
  tries: 1,
  stopped: false,
  output: { text: "", bytes: 0 },
  tests: [],
  testsLeftOut: 0,
};
