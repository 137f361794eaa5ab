import { ConsoleText } from "./text.ts";

export type ConsoleLimits = {
  readonly lines: number;
  /** Characters of all lines together. */
  readonly characters: number;
};

const defaultLimits: ConsoleLimits = { lines: 1000, characters: 64 * 1024 };

/** The end of a console's output, as clean lines in bounded memory. */
export class ConsoleLog {
  readonly #text = new ConsoleText();
  readonly #limits: ConsoleLimits;
  #lines: string[] = [];
  #characters = 0;

  constructor(limits: ConsoleLimits = defaultLimits) {
    this.#limits = limits;
  }

  /** Takes bytes as they come and returns the lines they complete. */
  push(bytes: Uint8Array): readonly string[] {
    const lines = this.#text.push(bytes);
    for (const line of lines) {
      this.#lines.push(line);
      this.#characters += line.length;
    }
    this.#forget();
    return lines;
  }

  /** The last `count` lines that are not empty, oldest first, an unfinished one included. */
  tail(count: number): readonly string[] {
    const lines = [...this.#lines, this.#text.unfinished].filter((line) => line.trim() !== "");
    return count > 0 ? lines.slice(-count) : [];
  }

  /** The text of the line that is not complete yet. */
  get unfinished(): string {
    return this.#text.unfinished;
  }

  #forget(): void {
    const { lines, characters } = this.#limits;
    let drop = 0;
    for (const line of this.#lines) {
      if (this.#lines.length - drop <= lines && this.#characters <= characters) break;
      this.#characters -= line.length;
      drop++;
    }
    if (drop > 0) this.#lines = this.#lines.slice(drop);
  }
}
