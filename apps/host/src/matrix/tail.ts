/** Keeps the end of an output, at most `most` bytes of it, and counts all. */
export class Tail {
  readonly #most: number;
  readonly #pieces: Uint8Array[] = [];
  #kept = 0;
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  push(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    const piece = bytes.slice(-this.#most);
    this.#pieces.push(piece);
    this.#kept += piece.length;
    for (let first = this.#pieces[0]; first !== undefined; first = this.#pieces[0]) {
      if (this.#kept - first.length < this.#most) break;
      this.#kept -= first.length;
      this.#pieces.shift();
    }
  }

  /** How many bytes came. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The end, from the start of a line on where something is left out. Bytes that are not UTF-8 are replaced. */
  get text(): string {
    const all = Buffer.concat(this.#pieces).subarray(-this.#most);
    const text = new TextDecoder().decode(all);
    if (all.length === this.#bytes) return text;
    return text.slice(text.indexOf("\n") + 1);
  }
}
