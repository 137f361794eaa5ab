import { writeFileSync } from "node:fs";
import type { SerializedError } from "vitest";
import type { Reporter, TestCase, TestModule, TestResult, TestSuite } from "vitest/node";
import type {} from "../../test/harness/skip.ts";
import type { Tally } from "./tally.ts";

/**
 * Writes the Tally of a vitest run to the file that VIMTO_TALLY names. vitest's own JSON reporter
 * leaves out why a test was skipped.
 */
export default class TallyReporter implements Reporter {
  #passed = 0;
  #failed: string[] = [];
  #skipped: Tally["skipped"][number][] = [];

  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    const name = `${test.module.relativeModuleId} > ${test.fullName}`;
    if (result.state === "passed") this.#passed++;
    else if (result.state === "failed") this.#failed.push(name);
    else {
      const { optional = false } = test.meta();
      this.#skipped.push({ name, reason: reason(result), ...(optional && { optional }) });
    }
  }

  onTestSuiteResult(suite: TestSuite): void {
    // A hook of the suite: its tests are then reported as skipped, or not at all.
    if (suite.errors().length > 0)
      this.#failed.push(`${suite.module.relativeModuleId} > ${suite.fullName}`);
  }

  onTestModuleEnd(module: TestModule): void {
    if (module.errors().length > 0) this.#failed.push(module.relativeModuleId);
  }

  onTestRunEnd(_modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    for (const error of errors)
      this.#failed.push(`outside every test: ${error.message}${origin(error)}`);
    const tally: Tally = { passed: this.#passed, failed: this.#failed, skipped: this.#skipped };
    const file = process.env.VIMTO_TALLY;
    if (file) writeFileSync(file, JSON.stringify(tally));
  }
}

/** Where an error comes from that no test waits for: the test file, and the first of its places. */
function origin({ VITEST_TEST_PATH: file, stack }: SerializedError): string {
  const place = stack?.split("\n").find((line) => /^\s*at /.test(line));
  return [typeof file === "string" && ` (${file})`, place && ` ${place.trim()}`]
    .filter(Boolean)
    .join("");
}

function reason(result: TestResult): string {
  return result.state === "skipped" && result.note ? result.note : "it gave no reason";
}
