import type { Emit, RunEvent } from "../events.ts";
import { Failure } from "../failure.ts";
import { failureText } from "../report/reporter.ts";
import { FAILED } from "../report/status.ts";
import type { RunStreams } from "../run/request.ts";
import type { SignalSource } from "../run/watch.ts";
import { captured, type StreamName, type Taker } from "./capture.ts";
import type { Cell, CellResult } from "./cell.ts";
import type { Display } from "./display.ts";
import { NotableLine } from "./notable.ts";
import type { CellRun } from "./schedule.ts";
import { SubTests } from "./sub-tests.ts";
import { Tail } from "./tail.ts";
import { diedInBoot, type Ended, verdict } from "./verdict.ts";

/** What the run of a cell is given. */
export type CellStreams = {
  readonly take: Taker;
  /** For a run in a machine; its stdin is what all cells read. */
  readonly streams: RunStreams;
  readonly signals: SignalSource;
  readonly emit: Emit;
};

export type CellOptions = {
  /** Runs the command. */
  readonly perform: (cell: Cell, streams: CellStreams) => Promise<Ended>;
  readonly display: Display;
  /** The path of what each command reads. */
  readonly stdin: string;
  readonly retryBoot: boolean;
  readonly verbose: boolean;
  /** Takes vimto's own lines for stderr, as they come. */
  readonly say: (text: string) => void;
};

/** Runs a cell to its end and shows its output. Does not reject. */
export async function runCell(
  cell: Cell,
  { signals, stopped }: CellRun,
  options: CellOptions,
): Promise<CellResult> {
  const { display, retryBoot, say } = options;
  for (let tries = 1; ; tries++) {
    const attempt = new Attempt(cell, options);
    const ended = await attempt.perform(signals);
    if (retryBoot && tries === 1 && !stopped() && diedInBoot(ended)) {
      say(
        `${cell.name}: ${failureText(ended.reason, false).replace(/^vimto: |\n$/g, "")}; booting once more`,
      );
      continue;
    }
    const { told } = attempt;
    const result = verdict(cell, ended, { ...told, tries, stopped: stopped() });
    try {
      await display.end(result, attempt.said(ended));
      return result;
    } catch (reason) {
      const lost: Ended = { ...ended, outcome: "could-not-run", status: FAILED, reason };
      return verdict(cell, lost, { ...told, tries, stopped: false });
    }
  }
}

/** What reports show of an output. */
const TAIL_BYTES = 64 << 10;

/** One run of a cell. */
class Attempt {
  readonly #cell: Cell;
  readonly #options: CellOptions;
  readonly #notable = new NotableLine();
  readonly #tail = new Tail(TAIL_BYTES);
  readonly #tests = new SubTests();
  readonly #warnings: string[] = [];
  #fault: unknown;

  constructor(cell: Cell, options: CellOptions) {
    this.#cell = cell;
    this.#options = options;
  }

  /** What the output told. */
  get told() {
    return {
      failingLine: this.#notable.line,
      output: { text: this.#tail.text, bytes: this.#tail.bytes },
      tests: this.#tests.found,
      testsLeftOut: this.#tests.leftOut,
    };
  }

  async perform(signals: SignalSource): Promise<Ended> {
    const { display, perform, stdin } = this.#options;
    let ended: Ended;
    try {
      const show = display.begin(this.#cell);
      const take = (stream: StreamName, bytes: Uint8Array) => this.#take(show, stream, bytes);
      const streams = captured(take, { merged: display.merged, stdin });
      ended = await perform(this.#cell, {
        take,
        streams,
        signals,
        emit: (event) => this.#emit(event),
      });
    } catch (reason) {
      ended = {
        outcome: "could-not-run",
        status: FAILED,
        reason,
        release: undefined,
        moments: new Map(),
      };
    }
    const fault = this.#fault;
    if (fault === undefined) return ended;
    return { ...ended, outcome: "could-not-run", status: FAILED, reason: fault };
  }

  /** What vimto says below the output of the command. */
  said({ outcome, reason }: Ended): string {
    const warnings = this.#warnings.map((text) => `vimto: ${text}\n`).join("");
    return outcome === "could-not-run"
      ? `${warnings}${failureText(reason, !this.#options.verbose)}`
      : warnings;
  }

  /** A cell whose output cannot be kept does not pass; vimto goes on. */
  #take(show: Taker, stream: StreamName, bytes: Uint8Array): Promise<void> | undefined {
    this.#notable.push(stream, bytes);
    this.#tail.push(bytes);
    if (stream === "stdout") this.#tests.push(bytes);
    if (this.#fault !== undefined) return undefined;
    try {
      return show(stream, bytes);
    } catch (error) {
      this.#fault =
        error instanceof Failure
          ? error
          : new Failure("output", `the output could not be kept (${error}); make room in TMPDIR`, {
              cause: error,
            });
      return undefined;
    }
  }

  #emit(event: RunEvent): void {
    const { say, verbose, display } = this.#options;
    const { name } = this.#cell;
    display.follow?.(this.#cell, event);
    if (event.kind === "notice") say(event.text);
    else if (event.kind === "warning") this.#warnings.push(event.text);
    else if (!verbose) return;
    else if (event.kind === "detail") say(`${name}: ${event.text}`);
    else if (event.kind === "console") say(`${name}: console: ${event.line}`);
  }
}
