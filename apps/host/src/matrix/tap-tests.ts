import { MOST_MESSAGE, MOST_TESTS, type SubTest } from "./sub-tests.ts";

/** Its message grows with the lines below it. */
type Growing = Omit<SubTest, "message"> & { message: string };
type Result = { readonly test: Growing; readonly depth: number };

/**
 * TAP (testanything.org, versions 12 to 14) and the kernel's KTAP (Documentation/dev-tools/ktap.rst): lines "ok N" and
 * "not ok N", those of an outer test below those of its inner ones, which are indented.
 */
export class TapTests {
  readonly #done: Growing[] = [];
  #leftOut = 0;
  /** Results whose outer test has not ended. */
  #pending: Result[] = [];
  /** What a remark is about. */
  #last: Growing | undefined;
  #ktap = false;
  #remarks: string[] = [];

  line(written: string): void {
    // The kernel's log has the time in front.
    const text = written.replace(/^(?:<\d+>)?\[ *\d+\.\d+\](?:\[[^\]]*\])? /, "");
    if (/^\s*KTAP version \d/.test(text)) this.#ktap = true;
    const [found, indent = "", not, title = ""] =
      /^(\s*)(not )?ok \d+(?:\s([\s\S]*))?$/.exec(text) ?? [];
    if (found !== undefined) this.#result(indent.length, not !== undefined, title);
    else if (/^\s*# /.test(text) && !/^\s*# Subtest/.test(text)) this.#remark(text.trim().slice(2));
    else if (!/^\s*(?:1\.\.\d|K?TAP version)/.test(text)) this.#detail(text.trim());
  }

  /** Whether lines of any kind belong to a test now. */
  get listens(): boolean {
    const last = this.#last;
    return !this.#ktap && last?.result === "failed" && last.message.length < MOST_MESSAGE;
  }

  get found(): readonly SubTest[] {
    return [...this.#done, ...this.#pending.map(({ test }) => test)];
  }

  /** How many tests beyond the limit are left out. */
  get leftOut(): number {
    return this.#leftOut;
  }

  #result(depth: number, failed: boolean, text: string): void {
    const { title, kind, why } = described(text);
    const name = title.replaceAll(/\\([\\#])/g, "$1").trim() || "unnamed";
    const forgiven = kind === "skip" || kind === "todo" || kind === "xfail";
    const result = forgiven ? "skipped" : failed ? "failed" : "passed";
    const message = forgiven ? why : this.#ktap && failed ? this.#remarks.join("\n") : "";
    this.#remarks = [];
    const inner = this.#pending.filter((one) => one.depth > depth).map((one) => one.test);
    this.#pending = this.#pending.filter((one) => one.depth <= depth);
    const counts =
      inner.length === 0 || (failed && !forgiven && !inner.some((one) => one.result === "failed"));
    const own: Growing = { name, result, message };
    for (const test of inner) this.#keep(depth, { ...test, name: `${name} / ${test.name}` });
    if (counts) this.#keep(depth, own);
  }

  #keep(depth: number, test: Growing): void {
    this.#last = test;
    if (this.#done.length + this.#pending.length >= MOST_TESTS) this.#leftOut += 1;
    else if (depth === 0) this.#done.push(test);
    else this.#pending.push({ depth, test });
  }

  /** In TAP a remark stands behind what it is about, in KTAP in front. */
  #remark(text: string): void {
    if (this.#ktap) this.#remarks = [...this.#remarks.slice(-19), text];
    else this.#detail(text);
  }

  #detail(text: string): void {
    const last = this.#last;
    if (this.#ktap || last?.result !== "failed" || text === "" || /^(?:---|\.\.\.)$/.test(text))
      return;
    const message = `${last.message}${last.message === "" ? "" : "\n"}${text}`.slice(
      0,
      MOST_MESSAGE,
    );
    last.message = message;
  }
}

const directive = /# *(skip|todo|timeout|xfail)\S*/iy;

/** What stands behind the number of a result: "- title # SKIP why". */
function described(text: string): { title: string; kind?: string; why: string } {
  const title = (end?: number) =>
    text
      .slice(0, end)
      .trim()
      .replace(/^-(?: |$)/, "");
  for (let at = text.indexOf("#"); at >= 0; at = text.indexOf("#", at + 1)) {
    if (at > 0 && !/\s/.test(text.charAt(at - 1))) continue;
    directive.lastIndex = at;
    const [, kind] = directive.exec(text) ?? [];
    if (kind !== undefined)
      return {
        title: title(at),
        kind: kind.toLowerCase(),
        why: text.slice(directive.lastIndex).trimStart(),
      };
  }
  return { title: title(), why: "" };
}
