import type { Subprocess } from "bun";

/** A command on a pseudo-terminal of its own, which is its controlling terminal. */
export class Pty {
  #text = "";
  #ended = false;
  #waiting: (() => void)[] = [];
  readonly process: Subprocess;
  readonly exited: Promise<number>;

  constructor(
    command: readonly string[],
    options: { cwd: string; env: Record<string, string | undefined> },
  ) {
    const decoder = new TextDecoder();
    this.process = Bun.spawn([...command], {
      ...options,
      terminal: {
        cols: 80,
        rows: 24,
        data: (_terminal, bytes) => {
          this.#text += decoder.decode(bytes, { stream: true });
          this.#wake();
        },
        exit: () => {
          this.#ended = true;
          this.#wake();
        },
      },
    });
    this.exited = this.process.exited;
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }

  /** What the terminal has shown, with the CR LF that its driver makes of LF. */
  get text(): string {
    return this.#text;
  }

  type(text: string): void {
    this.process.terminal?.write(text);
  }

  /** Closes it, as a terminal emulator whose window is closed does, and sshd when its connection is gone. */
  close(): void {
    this.process.terminal?.close();
  }

  resize(columns: number, rows: number): void {
    this.process.terminal?.resize(columns, rows);
  }

  /** Waits until the pattern is on the terminal; throws when the terminal ends without it. */
  async find(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#text);
      if (found) return found;
      if (this.#ended)
        throw new Error(`ended without ${pattern}, after ${JSON.stringify(this.#text)}`);
      await new Promise<void>((resume) => this.#waiting.push(resume));
    }
  }
}
