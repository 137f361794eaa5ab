/**
 * Gives output on as text of whole lines, many at once, each character a byte: most of a large output can so be
 * looked at and passed over, which line by line takes ten times as long. A line without an end comes in parts when
 * it is longer than `most`.
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

/** Text of which each character is a byte, as UTF-8; bytes that are none are replaced. */
export const decoded = (text: string): string => Buffer.from(text, "latin1").toString();
