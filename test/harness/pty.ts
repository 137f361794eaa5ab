import type { Subprocess } from "bun";
import { HANGS_AFTER_S } from "./deadline.ts";
import { killMarked } from "./processes.ts";

let count = 0;

/** A command on a pseudo-terminal of its own, which is its controlling terminal. */
export class Pty {
  #text = "";
  #ended = false;
  #hung = false;
  #waiting: (() => void)[] = [];
  readonly #over = Promise.withResolvers<void>();
  readonly #mark: string;
  readonly process: Subprocess;
  /** Resolves to the exit status once the terminal has shown everything, or was closed by the test. */
  readonly exited: Promise<number>;
  readonly #hangs = setTimeout(() => {
    this.#hung = true;
    killMarked(this.#mark);
    this.#end();
  }, HANGS_AFTER_S * 1000);

  constructor(
    command: readonly string[],
    options: { cwd: string; env: Record<string, string | undefined> },
  ) {
    this.#mark = options.env.VIMTO_TEST_MARK ?? `vimto-pty-${process.pid}-${++count}-`;
    const decoder = new TextDecoder();
    this.process = Bun.spawn([...command], {
      ...options,
      env: { ...options.env, VIMTO_TEST_MARK: this.#mark },
      terminal: {
        cols: 80,
        rows: 24,
        data: (_terminal, bytes) => {
          this.#text += decoder.decode(bytes, { stream: true });
          this.#wake();
        },
        exit: () => this.#end(),
      },
    });
    this.exited = this.#exit();
    // A test that does not ask for the status learns of a terminal that hangs by find().
    this.exited.catch(() => {});
  }

  async #exit(): Promise<number> {
    const [status] = await Promise.all([this.process.exited, this.#over.promise]);
    clearTimeout(this.#hangs);
    if (this.#hung) throw this.#failure("to end");
    return status;
  }

  #end(): void {
    this.#ended = true;
    this.#over.resolve();
    this.#wake();
  }

  #failure(awaited: string): Error {
    const what = this.#hung ? `hung for ${HANGS_AFTER_S} s` : "ended";
    return new Error(
      `the terminal ${what}; it was ${awaited}, and showed last ${JSON.stringify(this.#text.slice(-2000))}`,
    );
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
    this.#end();
  }

  resize(columns: number, rows: number): void {
    this.process.terminal?.resize(columns, rows);
  }

  /** Waits until the pattern is on the terminal; throws when the terminal ends without it, or hangs. */
  async find(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#text);
      if (found) return found;
      if (this.#ended) throw this.#failure(`to show ${pattern}`);
      await new Promise<void>((resume) => this.#waiting.push(resume));
    }
  }
}
