/** A longer line is cut: a guest may write without line feeds for ever. */
const lineLimit = 4096;

// Which bytes may follow ESC is laid down in ECMA-48, sections 5.3 to 5.6.
type State =
  | "text"
  /** After ESC. */
  | "escape"
  /** ESC [ ... up to a final byte. */
  | "control-sequence"
  /** ESC ] (or P, X, ^, _) ... up to BEL or ESC \, or the end of the line: text must not be lost. */
  | "string"
  /** ESC inside such a string. */
  | "string-escape";

/**
 * Turns a serial console's bytes into lines of plain text: no terminal control sequences, no control
 * characters but tabs, no carriage returns. A carriage return ends a line, so that nothing a guest
 * writes can hide what it wrote before; empty lines are kept. Does not depend on how the bytes are
 * cut, and holds at most one line.
 */
export class ConsoleText {
  readonly #decoder = new TextDecoder("utf-8");
  #state: State = "text";
  #line = "";
  #afterReturn = false;

  /** The lines that `bytes` completes. */
  push(bytes: Uint8Array): readonly string[] {
    const lines: string[] = [];
    for (const character of this.#decoder.decode(bytes, { stream: true })) {
      this.#state = this.#step(character, lines);
    }
    return lines;
  }

  /** The text of the line that is not complete yet. */
  get unfinished(): string {
    return this.#line;
  }

  #step(character: string, lines: string[]): State {
    const code = character.codePointAt(0) ?? 0;
    switch (this.#state) {
      case "string":
        if (character === "\n" || character === "\r") break;
        return code === 0x1b ? "string-escape" : code === 0x07 ? "text" : "string";
      case "string-escape":
        return character === "\\" ? "text" : "string";
      case "escape":
        if (character === "[") return "control-sequence";
        if ("]PX^_".includes(character)) return "string";
        // Intermediate bytes: ESC ( B and the like.
        if (code >= 0x20 && code <= 0x2f) return "escape";
        break;
      case "control-sequence":
        if (code >= 0x20 && code <= 0x3f) return "control-sequence";
        break;
      case "text":
        this.#write(character, code, lines);
        return code === 0x1b ? "escape" : "text";
    }
    // A final byte ends the sequence; anything else was no part of it.
    if (code >= 0x30 && code <= 0x7e) return "text";
    this.#state = "text";
    return this.#step(character, lines);
  }

  #write(character: string, code: number, lines: string[]): void {
    if (character === "\n") {
      if (!this.#afterReturn) this.#end(lines);
      this.#afterReturn = false;
    } else if (character === "\r") {
      if (!this.#afterReturn) this.#end(lines);
      this.#afterReturn = true;
    } else if (character === "\t" || (code >= 0x20 && !(code >= 0x7f && code <= 0x9f))) {
      this.#afterReturn = false;
      this.#line += character;
      if (this.#line.length >= lineLimit) this.#end(lines);
    }
  }

  #end(lines: string[]): void {
    lines.push(this.#line);
    this.#line = "";
  }
}
