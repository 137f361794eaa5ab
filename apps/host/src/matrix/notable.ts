import { plainLine } from "./plain.ts";
import { decoded, WholeLines } from "./whole-lines.ts";

/**
 * Lines that tell of a failure, the best ones first: `line` matches the line without colours, and `trace` some
 * text of it, colours or not.
 */
const telling: readonly { readonly line: RegExp; readonly trace: RegExp }[] = [
  {
    line: /^\s*not ok\b|^\s*--- FAIL:|^\s*FAIL(?:ED)?\b|^panic:|\bassert(?:ion)?\b.*\bfail/i,
    trace: /not ok|fail|panic:/i,
  },
  {
    line: /\b(?:error|fatal|failed|failure|cannot|can't|denied|refused|not permitted|no such|unknown|unsupported|not supported)\b/i,
    trace:
      /error|fatal|fail|can(?:no|')t|denied|refused|not permitted|no such|unknown|not supported|unsupported/i,
  },
];
const MOST_BYTES = 4096;
const MOST_SHOWN = 160;

/** Finds the line of an output that tells most of why a command failed. */
export class NotableLine {
  readonly #found: (string | undefined)[] = telling.map(() => undefined);
  readonly #last = { stdout: "", stderr: "" };
  readonly #lines = {
    stdout: new WholeLines(MOST_BYTES, (text) => this.#take("stdout", text)),
    stderr: new WholeLines(MOST_BYTES, (text) => this.#take("stderr", text)),
  };

  push(stream: "stdout" | "stderr", bytes: Uint8Array): void {
    this.#lines[stream].push(bytes);
  }

  /** The first that tells of a failure, else the last line of stderr or of stdout. */
  get line(): string {
    for (const lines of Object.values(this.#lines)) lines.end();
    const found = this.#found.find((line) => line !== undefined);
    return found ?? (this.#last.stderr || this.#last.stdout);
  }

  #take(stream: "stdout" | "stderr", text: string): void {
    this.#last[stream] = lastOf(text) || this.#last[stream];
    const missing = telling.filter(({ trace }, index) => !this.#found[index] && trace.test(text));
    if (missing.length === 0) return;
    for (const line of text.split("\n")) {
      if (!missing.some(({ trace }) => trace.test(line))) continue;
      const shown = shownOf(line);
      for (const [index, one] of telling.entries())
        if (this.#found[index] === undefined && one.line.test(shown)) this.#found[index] = shown;
    }
  }
}

const shownOf = (line: string): string => plainLine(decoded(line.slice(0, MOST_BYTES)), MOST_SHOWN);

/** The last line that shows anything. */
function lastOf(text: string): string {
  for (let end = text.length; end > 0; ) {
    const begin = text.lastIndexOf("\n", end - 1) + 1;
    const shown = begin === end ? "" : shownOf(text.slice(begin, end));
    if (shown !== "") return shown;
    end = begin - 1;
  }
  return "";
}
