import { mayChangeTerminal } from "../host/foreground.ts";
import { onSuspension } from "../system/suspension.ts";
import { windowSize } from "../system/terminal.ts";
import type { Cell, CellResult } from "./cell.ts";
import type { Display } from "./display.ts";
import { LiveRows } from "./live-rows.ts";
import type { LiveScreen } from "./live-screen.ts";
import { liveTable } from "./live-table.ts";

const REDRAW_MS = 250;
const STDOUT = 1;

/** A display with a table below it that changes as cells go on, until `stop` is called. */
export type LiveDisplay = Display & {
  /** Of a cell whose result was known. */
  readonly known: (result: CellResult) => void;
  /** No other cell is begun. */
  readonly close: () => void;
  readonly stop: () => void;
};

export type LivePlan = {
  readonly cells: readonly Cell[];
  /** Whether a search leaves out most of them. */
  readonly search: boolean;
};

/** What cells do is shown on `screen`, which is this process's stdout, below what `display` shows there. */
export function live(display: Display, plan: LivePlan, screen: LiveScreen): LiveDisplay {
  const rows = new LiveRows(plan.cells, plan.search);
  const redraw = () => {
    if (asleep || !mayChangeTerminal()) return;
    const size = windowSize(STDOUT);
    if (size.columns > 0) screen.show(liveTable(rows.rows, size));
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
      const take = display.begin(cell);
      rows.begin(cell);
      return (stream, bytes) => {
        rows.took(cell, bytes);
        return take(stream, bytes);
      };
    },
    follow: (cell, event) => rows.follow(cell, event),
    end: async (result, said) => {
      rows.end(result);
      await display.end(result, said);
    },
    known: (result) => rows.end(result),
    close: () => rows.close(),
    stop: () => {
      clearInterval(timer);
      process.off("SIGWINCH", resized);
      release();
      screen.clear();
    },
  };
}
