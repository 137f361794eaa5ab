import { Lines } from "./lines.ts";
import { plainLine } from "./plain.ts";

/** Words that a line begins with, or has, that tells of a failure; the sooner the better. */
const telling: readonly RegExp[] = [
  /^\s*not ok\b|^\s*--- FAIL:|^\s*FAIL(?:ED)?\b|^panic:|\bassert(?:ion)?\b.*\bfail/i,
  /\b(?:error|fatal|failed|failure|cannot|can't|denied|refused|not permitted|no such|unknown|unsupported|not supported)\b/i,
];
const MOST_BYTES = 4096;
const MOST_SHOWN = 160;

/** Finds the line of an output that tells most of why a command failed. */
export class NotableLine {
  readonly #found: (string | undefined)[] = telling.map(() => undefined);
  readonly #last = { stdout: "", stderr: "" };
  readonly #lines = {
    stdout: new Lines(MOST_BYTES, (line) => this.#line("stdout", line)),
    stderr: new Lines(MOST_BYTES, (line) => this.#line("stderr", line)),
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

  #line(stream: "stdout" | "stderr", bytes: Uint8Array): void {
    const text = plainLine(new TextDecoder().decode(bytes), MOST_SHOWN);
    if (text === "") return;
    this.#last[stream] = text;
    for (const [index, pattern] of telling.entries()) {
      if (this.#found[index] === undefined && pattern.test(text)) this.#found[index] = text;
    }
  }
}
