/** Reads any number of bytes at a time from a stream of pieces. */
export class ByteSource {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #held: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#pieces = source[Symbol.asyncIterator]();
  }

  /** The next `count` bytes, or fewer where the source ends. */
  async read(count: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for await (const part of this.stream(count)) parts.push(part);
    return Buffer.concat(parts);
  }

  /**
   * The next `count` bytes as they come; a second loop over it goes on where the first one stopped.
   * @param onCut the error for a source that ends before; without it, the stream ends there
   */
  stream(count: number, onCut?: () => Error): AsyncIterable<Uint8Array> {
    let left = count;
    const next = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
      const end = { done: true, value: undefined } as const;
      if (left === 0) return end;
      const piece = await this.#take(left);
      if (piece === undefined) {
        if (onCut) throw onCut();
        return end;
      }
      left -= piece.length;
      return { done: false, value: piece };
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }

  /** Releases the source. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  async #take(most: number): Promise<Uint8Array | undefined> {
    while (this.#held.length === 0) {
      const next = await this.#pieces.next();
      if (next.done) return undefined;
      this.#held = next.value;
    }
    const piece = this.#held.subarray(0, most);
    this.#held = this.#held.subarray(piece.length);
    return piece;
  }
}
