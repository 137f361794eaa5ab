const NEWLINE = 10;

/** Cuts bytes into lines, each with its newline; a line that is longer than `most` comes in parts. */
export class Lines {
  readonly #most: number;
  readonly #line: (line: Uint8Array) => void;
  #held: Uint8Array[] = [];
  #bytes = 0;

  constructor(most: number, line: (line: Uint8Array) => void) {
    this.#most = most;
    this.#line = line;
  }

  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const room = this.#most - this.#bytes;
      const newline = bytes.indexOf(NEWLINE, at);
      const end = newline < 0 ? bytes.length : newline + 1;
      const piece = bytes.subarray(at, Math.min(end, at + room));
      at += piece.length;
      this.#held.push(piece.slice());
      this.#bytes += piece.length;
      if (piece.at(-1) === NEWLINE || this.#bytes === this.#most) this.#flush();
    }
  }

  /** What is left of a line without a newline. */
  end(): void {
    if (this.#bytes > 0) this.#flush();
  }

  #flush(): void {
    const line = this.#held.length === 1 ? this.#held[0] : Buffer.concat(this.#held);
    this.#held = [];
    this.#bytes = 0;
    if (line !== undefined) this.#line(line);
  }
}
