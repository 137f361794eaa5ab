import type { Output, Sink } from "./sink.ts";

const NEWLINE = 10;
/**
 * From the first of the lines on: EL, then ED one line below (ECMA-48; DECSC and DECRC of VT510 around it). tmux takes
 * ED in the corner of the screen for a new page, and keeps the old one among what has left the screen at the top
 * (screen_write_clearendofscreen of its screen-write.c).
 */
const ERASE = "\r\x1b[K\x1b7\x1b[B\x1b[J\x1b8";
const up = (lines: number) => (lines === 0 ? "" : `\x1b[${lines}A`);
/** VT510: DECAWM, whether what is too wide goes on in the next line. */
const CUT = "\x1b[?7l";
const WRAP = "\x1b[?7h";

/**
 * A terminal with changing lines below output that stays.
 *
 * The cursor rests at the first of these lines. Erasing from the cursor on removes them without a count of
 * rows. A terminal that has become narrower may have changed that count, but keeps the cursor at its place in
 * the text.
 */
export class LiveScreen implements Output {
  readonly #sink: Sink;
  #shown = "";
  #atLineStart = true;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Output, above the lines, which are gone until they are shown again. */
  write(bytes: Uint8Array | string): void {
    const piece = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    if (piece.length === 0) return;
    this.clear();
    this.#atLineStart = piece.at(-1) === NEWLINE;
    this.#sink.write(piece);
  }

  get full(): boolean {
    return this.#sink.full;
  }

  room(): Promise<void> {
    return this.#sink.room();
  }

  /** Resolves when the terminal has what was written. */
  settled(): Promise<void> {
    return this.#sink.settled();
  }

  /** Shows lines, each narrower than the terminal; not in the midst of a line, nor on a terminal that takes nothing. */
  show(lines: readonly string[]): void {
    const text = `${CUT}${lines.join("\r\n")}${WRAP}\r${up(lines.length - 1)}`;
    if (text === this.#shown || !this.#atLineStart || !this.#sink.idle) return;
    this.#sink.write(`${this.#shown === "" ? "" : ERASE}${text}`);
    this.#shown = text;
  }

  /** After another size of the terminal the same lines are shown anew. */
  clear(): void {
    if (this.#shown !== "") this.#sink.write(ERASE);
    this.#shown = "";
  }
}
