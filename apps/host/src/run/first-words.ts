const MOST_BYTES = 256;

/** Keeps the first line of each stream of a command, and nothing else of what it writes. */
export class FirstWords {
  readonly #kept = { stdout: new FirstLine(), stderr: new FirstLine() };

  push(stream: "stdout" | "stderr", bytes: Uint8Array): void {
    this.#kept[stream].push(bytes);
  }

  /** Without their newlines; bytes that are not UTF-8 are replaced. */
  get lines(): { readonly stdout: string; readonly stderr: string } {
    return { stdout: this.#kept.stdout.text, stderr: this.#kept.stderr.text };
  }
}

const NEWLINE = 10;

class FirstLine {
  readonly #bytes: number[] = [];
  #whole = false;

  push(bytes: Uint8Array): void {
    if (this.#whole) return;
    for (const byte of bytes) {
      this.#whole = byte === NEWLINE || this.#bytes.length === MOST_BYTES;
      if (this.#whole) return;
      this.#bytes.push(byte);
    }
  }

  get text(): string {
    return new TextDecoder().decode(Uint8Array.from(this.#bytes));
  }
}
