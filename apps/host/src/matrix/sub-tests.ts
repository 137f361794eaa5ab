import { GoTests } from "./go-tests.ts";
import { TapTests } from "./tap-tests.ts";
import { decoded, WholeLines } from "./whole-lines.ts";

/** One test that a command tells of. */
export type SubTest = {
  /** Of a test in another: "outer / inner". */
  readonly name: string;
  readonly result: "passed" | "failed" | "skipped";
  readonly ms?: number;
  /** What is said of a failure or of a skip; "" for nothing. */
  readonly message: string;
};

/** More are counted and left out. */
export const MOST_TESTS = 10_000;
export const MOST_MESSAGE = 2048;
/** The rest of a longer line is ignored. */
const MOST_LINE = 16 << 10;

/** Any text that tells of tests matches. */
const trace = /ok \d|# |TAP version|"Action"/;

/** Reads the tests that a command prints, as TAP, as the kernel's KTAP or as `go test -json`. */
export class SubTests {
  readonly #tap = new TapTests();
  readonly #go = new GoTests();
  readonly #lines = new WholeLines(MOST_LINE, (text) => {
    if (!this.#tap.listens && !trace.test(text)) return;
    for (const whole of decoded(text)
      .replace(/\r?\n$/, "")
      .split(/\r?\n/)) {
      const line = whole.slice(0, MOST_LINE);
      if (!this.#go.line(line)) this.#tap.line(line);
    }
  });

  push(bytes: Uint8Array): void {
    this.#lines.push(bytes);
  }

  /** All tests that the output told of; read it at the end. */
  get found(): readonly SubTest[] {
    this.#lines.end();
    return [...this.#go.found, ...this.#tap.found];
  }

  /** How many tests beyond the limit are left out. */
  get leftOut(): number {
    return this.#go.leftOut + this.#tap.leftOut;
  }
}
