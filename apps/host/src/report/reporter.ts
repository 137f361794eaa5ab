import { isatty } from "node:tty";
import { createProgress, type Progress } from "@vimto/store/progress";
import type { Moment, RunEvent } from "../events.ts";
import { Failure } from "../failure.ts";
import { writeWhole } from "./print.ts";
import { sentence } from "./status.ts";

const moments: Readonly<Record<Moment, string>> = {
  resolved: "kernel and QEMU resolved",
  "initramfs-ready": "initramfs ready",
  "template-saved": "template saved",
  "qemu-started": "QEMU started",
  "state-loaded": "state loaded",
  resumed: "resumed",
  "guest-up": "guest is up",
  "modules-indexed": "modules indexed",
  "command-started": "command started",
  "setup-ended": "setup ended",
  "command-ended": "command ended",
  "teardown-ended": "teardown ended",
  "output-written": "output and files written",
  "machine-ended": "machine ended",
};

export type ReporterOptions = {
  readonly verbose?: boolean;
  readonly quiet?: boolean;
  /** Show where an error comes from. */
  readonly debug?: boolean;
};

const fallbacks = {
  template: "no template",
  clone: "the clone failed",
  boot: "the boot failed",
} as const;

/** Writes events to stderr as whole lines; stdout belongs to the command. */
export class Reporter {
  readonly #verbose: boolean;
  readonly #quiet: boolean;
  readonly #debug: boolean;
  readonly #began = performance.now();
  #progress: Progress | undefined;

  constructor({ verbose = false, quiet = false, debug = false }: ReporterOptions = {}) {
    this.#verbose = verbose;
    this.#quiet = quiet;
    this.#debug = debug;
  }

  readonly event = (event: RunEvent): void => {
    if (event.kind !== "pull") this.endProgress();
    switch (event.kind) {
      case "moment":
        this.#moment(moments[event.moment]);
        break;
      case "guest-moment":
        this.#moment(`guest at ${event.ms.toFixed(1)} ms: ${event.name}`);
        break;
      case "fallback":
        this.#moment(`${fallbacks[event.from]}: ${event.reason}; booting`);
        break;
      case "detail":
        if (this.#verbose) this.warn(event.text);
        break;
      case "notice":
        this.notice(event.text);
        break;
      case "warning":
        this.warn(event.text);
        break;
      case "console":
        if (this.#verbose) say(`console: ${event.line}\n`);
        break;
      case "pull":
        this.#progress ??= createProgress({
          style: this.#quiet ? "none" : isatty(2) ? "bar" : "lines",
          columns: () => process.stderr.columns ?? 80,
        });
        say(this.#progress.event(event.event));
    }
  };

  /** A remark about a run that goes on unchanged; --quiet leaves it out. */
  notice(text: string): void {
    if (!this.#quiet) say(`vimto: ${text}\n`);
  }

  warn(text: string): void {
    say(`vimto: ${text}\n`);
  }

  /** What went wrong; the console's last lines first if they belong to it. */
  failure(error: unknown): void {
    this.endProgress();
    say(failureText(error, !this.#verbose));
    if (this.#debug && error instanceof Error) say(`${error.stack}\n`);
  }

  /** Clears the progress bar for what follows. */
  endProgress(): void {
    say(this.#progress?.end() ?? "");
    this.#progress = undefined;
  }

  #moment(text: string): void {
    if (!this.#verbose) return;
    say(`vimto: ${(performance.now() - this.#began).toFixed(1).padStart(7)} ms  ${text}\n`);
  }
}

/** What the user reads of an error; the console's last lines first if they belong to it. */
export function failureText(error: unknown, withConsole = true): string {
  const lines = error instanceof Failure && withConsole ? error.console : [];
  const console =
    lines.length === 0
      ? ""
      : `vimto: the guest's console ${heading(error)}:\n${lines.map((line) => `  ${line}\n`).join("")}`;
  return `${console}vimto: ${sentence(error)}\n`;
}

const heading = (error: unknown): string =>
  error instanceof Failure && error.code === "panic"
    ? "said (--verbose shows all of it)"
    : "ended with";

/** A stderr that is closed is no reason to fail. */
function say(text: string): void {
  if (text === "") return;
  try {
    writeWhole(2, text);
  } catch {}
}
