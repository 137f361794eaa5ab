import { MOST_MESSAGE, MOST_TESTS, type SubTest } from "./sub-tests.ts";

const results = { pass: "passed", fail: "failed", skip: "skipped" } as const;
type Ending = keyof typeof results;
const isEnding = (action: unknown): action is Ending =>
  typeof action === "string" && Object.hasOwn(results, action);

/** `go test -json`: an object a line, see "go doc test2json". */
export class GoTests {
  readonly #output = new Map<string, string>();
  /** A test with tests of its own counts as these. */
  readonly #outer = new Set<string>();
  readonly #tests: SubTest[] = [];
  #leftOut = 0;

  /** Whether the line is one of `go test -json`. */
  line(text: string): boolean {
    const event = text.startsWith("{") ? parsed(text) : undefined;
    if (event === undefined) return false;
    const { Action: action, Package: where, Test: test, Output: output, Elapsed: elapsed } = event;
    if (typeof test !== "string") return true;
    const name = typeof where === "string" ? `${where} / ${test}` : test;
    if (typeof output === "string" && !/^\s*(?:=== |--- )/.test(output))
      this.#output.set(name, `${this.#output.get(name) ?? ""}${output}`.slice(-MOST_MESSAGE));
    if (!isEnding(action)) return true;
    const result = results[action];
    const message = result === "passed" ? "" : (this.#output.get(name) ?? "").trim();
    this.#output.delete(name);
    for (let at = name.lastIndexOf("/"); at > 0; at = name.lastIndexOf("/", at - 1))
      this.#outer.add(name.slice(0, at));
    const ms = typeof elapsed === "number" ? { ms: elapsed * 1000 } : {};
    if (this.#tests.length >= MOST_TESTS) this.#leftOut += 1;
    else this.#tests.push({ name, result, message, ...ms });
    return true;
  }

  /** How many tests beyond the limit are left out. */
  get leftOut(): number {
    return this.#leftOut;
  }

  get found(): readonly SubTest[] {
    const failed = this.#tests.filter(({ result }) => result === "failed");
    // An outer test may fail by itself.
    return this.#tests.filter(
      ({ name, result }) =>
        !this.#outer.has(name) ||
        (result === "failed" && !failed.some((inner) => inner.name.startsWith(`${name}/`))),
    );
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "Action" in value
      ? { ...value }
      : undefined;
  } catch {
    return undefined;
  }
}
