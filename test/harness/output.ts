/** What a process has written to one of its streams, and a way to wait for more of it. */
export class Output {
  #chunks: Uint8Array[] = [];
  #waiting: (() => void)[] = [];
  #ended = false;
  readonly done: Promise<void>;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.done = this.#read(stream);
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const chunk of stream) {
      this.#chunks.push(chunk);
      this.#wake();
    }
    this.#ended = true;
    this.#wake();
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }

  get bytes(): Uint8Array {
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    return whole;
  }

  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }

  /** Waits until the pattern is in the text so far; throws when the stream ends without it. */
  async find(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.text);
      if (found) return found;
      if (this.#ended)
        throw new Error(`ended without ${pattern}, after ${JSON.stringify(this.text)}`);
      await new Promise<void>((resume) => this.#waiting.push(resume));
    }
  }
}
