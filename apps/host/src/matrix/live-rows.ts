import type { RunEvent } from "../events.ts";
import type { Cell, CellResult } from "./cell.ts";
import { type LiveRow, lastLine } from "./live-table.ts";
import { stateText } from "./words.ts";

/** How much of the end of an output is searched for its last line. */
const HELD_BYTES = 1024;

type State = Omit<LiveRow, "ms" | "line"> & {
  readonly began: number | undefined;
  readonly ended: number | undefined;
  readonly held: Uint8Array;
};

/** What each cell does now. */
export class LiveRows {
  readonly #states: Map<string, State | undefined>;

  /** @param search whether a search leaves out most cells, so that only the tried ones are shown */
  constructor(cells: readonly Cell[], search: boolean) {
    this.#states = new Map(cells.map((cell) => [cell.name, search ? undefined : initial(cell)]));
  }

  begin(cell: Cell): void {
    const running = { phase: "running", state: "starting", began: performance.now() } as const;
    this.#states.set(cell.name, { ...initial(cell), ...running });
  }

  took({ name }: Cell, bytes: Uint8Array): void {
    const held = Buffer.concat([this.#states.get(name)?.held ?? nothing, bytes.slice(-HELD_BYTES)]);
    this.#update(name, { held: held.subarray(-HELD_BYTES) });
  }

  follow({ name }: Cell, event: RunEvent): void {
    const state = stateAfter(event);
    if (state !== undefined) this.#update(name, { state });
  }

  /** Of a cell that ran, or of which the result was known. */
  end(result: CellResult): void {
    const { cell } = result;
    const before = this.#states.get(cell.name) ?? initial(cell);
    const ended = before.began === undefined ? undefined : performance.now();
    this.#states.set(cell.name, { ...before, phase: "ended", state: stateText(result), ended });
  }

  /** No other cell is begun. */
  close(): void {
    for (const [name, state] of this.#states)
      if (state?.phase === "waiting") this.#update(name, { phase: "ended", state: "not run" });
  }

  /** In the order of the cells. */
  get rows(): LiveRow[] {
    return [...this.#states.values()].flatMap((state) => (state === undefined ? [] : rowOf(state)));
  }

  #update(name: string, change: Partial<State>): void {
    const state = this.#states.get(name);
    if (state !== undefined) this.#states.set(name, { ...state, ...change });
  }
}

const nothing = new Uint8Array();

function initial({ name, expected }: Cell): State {
  const none = { began: undefined, ended: undefined, held: nothing };
  return expected.kind === "skip"
    ? { name, phase: "ended", state: "skipped", ...none }
    : { name, phase: "waiting", state: "waiting", ...none };
}

function rowOf({ began, ended, held, ...row }: State): LiveRow {
  const ms = began === undefined ? undefined : (ended ?? performance.now()) - began;
  return { ...row, ms, line: lastLine(new TextDecoder().decode(held)) };
}

function stateAfter(event: RunEvent): string | undefined {
  if (event.kind === "pull") return "fetching";
  if (event.kind !== "moment") return undefined;
  if (event.moment === "resolved") return "booting";
  return event.moment === "command-started" ? "running" : undefined;
}
