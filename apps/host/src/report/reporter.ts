import { Failure } from "../failure.ts";
import { writeWhole } from "./print.ts";
import { sentence } from "./status.ts";

/** Writes to stderr whole lines; stdout belongs to the command. */
export class Reporter {
  readonly #verbose: boolean;
  readonly #quiet: boolean;
  readonly #began = performance.now();

  constructor({ verbose = false, quiet = false } = {}) {
    this.#verbose = verbose;
    this.#quiet = quiet;
  }

  /** Something to know that changes nothing; --quiet leaves it out. */
  notice(text: string): void {
    if (!this.#quiet) say(`vimto: ${text}\n`);
  }

  warn(text: string): void {
    say(`vimto: ${text}\n`);
  }

  /** A moment on the host, with --verbose. */
  moment(name: string): void {
    if (this.#verbose) this.#line(name);
  }

  /** A moment in the guest, in milliseconds since its kernel began. */
  guestMoment(name: string, ms: number): void {
    if (this.#verbose) this.#line(`guest at ${ms.toFixed(1)} ms: ${name}`);
  }

  /** Text that draws itself: how a pull gets on. */
  progress(text: string): void {
    if (text !== "") say(text);
  }

  console(line: string): void {
    if (this.#verbose) say(`console: ${line}\n`);
  }

  /** What went wrong; the console's last lines first if they belong to it. */
  failure(error: unknown): void {
    const lines = error instanceof Failure && !this.#verbose ? error.console : [];
    if (lines.length > 0)
      say(
        `vimto: the guest's console ${heading(error)}:\n${lines.map((line) => `  ${line}\n`).join("")}`,
      );
    say(`vimto: ${sentence(error)}\n`);
    if (process.env.VIMTO_DEBUG === "1" && error instanceof Error) say(`${error.stack}\n`);
  }

  #line(text: string): void {
    say(`vimto: ${(performance.now() - this.#began).toFixed(1).padStart(7)} ms  ${text}\n`);
  }
}

const heading = (error: unknown): string =>
  error instanceof Failure && error.code === "panic"
    ? "said (--verbose shows all of it)"
    : "ended with";

/** A stderr that is closed is no reason to fail. */
function say(text: string): void {
  try {
    writeWhole(2, text);
  } catch {}
}
