/**
 * Passes output on as text of many whole lines at once, each character a byte: a reader can skip most of a
 * large output at once, ten times as fast as line by line. A line that is longer than `most` may come in parts.
 */
export class WholeLines {
  readonly #most: number;
  readonly #take: (text: string) => void;
  #held = "";

  constructor(most: number, take: (text: string) => void) {
    this.#most = most;
    this.#take = take;
  }

  push(bytes: Uint8Array): void {
    const text = `${this.#held}${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1")}`;
    const end = text.lastIndexOf("\n") + 1;
    const cut = text.length - end > this.#most ? text.length : end;
    this.#held = text.slice(cut);
    if (cut > 0) this.#take(text.slice(0, cut));
  }

  /** What is left of a line without a newline. */
  end(): void {
    const text = this.#held;
    this.#held = "";
    if (text !== "") this.#take(text);
  }
}

/** Decodes text with a byte in each character as UTF-8; replaces invalid bytes. */
export const decoded = (text: string): string => Buffer.from(text, "latin1").toString();
