import type { RunEvent } from "../events.ts";
import { mayChangeTerminal } from "../host/foreground.ts";
import { onSuspension } from "../system/suspension.ts";
import { windowSize } from "../system/terminal.ts";
import type { Cell } from "./cell.ts";
import type { Display } from "./display.ts";
import type { LiveScreen } from "./live-screen.ts";
import { type LiveRow, lastLine, liveTable } from "./live-table.ts";
import { stateText } from "./words.ts";

const REDRAW_MS = 250;
/** Of an output, so much is looked at for its last line. */
const HELD_BYTES = 1024;
const STDOUT = 1;

type State = Omit<LiveRow, "ms" | "line"> & {
  readonly began: number | undefined;
  readonly ended: number | undefined;
  readonly held: Uint8Array;
};

/** A display with a table below it that changes as cells go on, until `end` is called. */
export type LiveDisplay = Display & { readonly stop: () => void };

/** What cells do is shown on `screen`, which is this process's stdout, below what `display` shows there. */
export function live(display: Display, cells: readonly Cell[], screen: LiveScreen): LiveDisplay {
  const states = new Map<string, State>(cells.map(({ name }) => [name, initial(name)]));
  const update = (name: string, change: Partial<State>) => {
    const state = states.get(name);
    if (state !== undefined) states.set(name, { ...state, ...change });
  };
  const redraw = () => {
    if (asleep || !mayChangeTerminal()) return;
    const size = windowSize(STDOUT);
    if (size.columns > 0) screen.show(liveTable([...states.values()].map(rowOf), size));
  };
  const resized = () => {
    screen.clear();
    redraw();
  };
  let asleep = false;
  const suspended = async () => {
    asleep = true;
    screen.clear();
    // The thread that writes to the terminal stops too.
    await screen.settled();
  };
  const continued = () => {
    asleep = false;
    resized();
  };
  process.on("SIGWINCH", resized);
  const release = onSuspension(suspended, continued);
  const timer = setInterval(redraw, REDRAW_MS);
  return {
    fileOf: display.fileOf,
    merged: display.merged,
    begin: (cell) => {
      const { name } = cell;
      const take = display.begin(cell);
      update(name, {
        ...initial(name),
        phase: "running",
        state: "starting",
        began: performance.now(),
      });
      return (stream, bytes) => {
        const held = Buffer.concat([states.get(name)?.held ?? nothing, bytes.slice(-HELD_BYTES)]);
        update(name, { held: held.subarray(-HELD_BYTES) });
        return take(stream, bytes);
      };
    },
    follow: ({ name }, event) => {
      const state = stateAfter(event);
      if (state !== undefined) update(name, { state });
    },
    end: async (result, said) => {
      update(result.cell.name, {
        phase: "ended",
        state: stateText(result),
        ended: performance.now(),
      });
      await display.end(result, said);
    },
    stop: () => {
      clearInterval(timer);
      process.off("SIGWINCH", resized);
      release();
      screen.clear();
    },
  };
}

const nothing = new Uint8Array();

const initial = (name: string): State => ({
  name,
  phase: "waiting",
  state: "waiting",
  began: undefined,
  ended: undefined,
  held: nothing,
});

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
