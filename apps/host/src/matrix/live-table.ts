import type { WindowSize } from "../system/terminal.ts";
import { plainLine, shownName } from "./plain.ts";

/** A cell as it is now. */
export type LiveRow = {
  readonly name: string;
  readonly phase: "waiting" | "running" | "ended";
  /** In words: "booting", "passed". */
  readonly state: string;
  /** How long it has run, or did. */
  readonly ms: number | undefined;
  /** The last line of its output. */
  readonly line: string;
};

const WIDEST = 40;

/**
 * The lines of a table that fits on a terminal, each narrower than it: the cells in order, or, where they are
 * too many, those that run and a count of the others.
 */
export function liveTable(
  rows: readonly LiveRow[],
  { rows: height, columns }: WindowSize,
): string[] {
  // A line of output stays visible above it.
  const room = Math.max(1, height - 2);
  const all = rows.length <= room;
  const running = rows.filter(({ phase }) => phase === "running").slice(0, room - 1);
  const shown = all ? rows : running;
  const names = shown.map(({ name }) => shownName(name, WIDEST));
  const times = shown.map(({ ms }) => (ms === undefined ? "" : timeText(ms)));
  const width = (texts: readonly string[]) => Math.max(0, ...texts.map(({ length }) => length));
  const [nameWidth, timeWidth] = [width(names), width(times)];
  const stateWidth = width(shown.map(({ state }) => state));
  const lines = shown.map(({ state, line }, index) => {
    const text = `${names[index]?.padEnd(nameWidth)}  ${state.padEnd(stateWidth)}  ${times[index]?.padStart(timeWidth)}  ${line}`;
    return plainCut(text, columns - 1);
  });
  return all ? lines : [...lines, plainCut(summary(rows, running.length), columns - 1)];
}

function summary(rows: readonly LiveRow[], shown: number): string {
  const counts = new Map<string, number>();
  for (const { phase, state } of rows) {
    const what = phase === "running" ? "running" : state;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  const others = (counts.get("running") ?? 0) - shown;
  if (others > 0) counts.set("running", others);
  else counts.delete("running");
  return [...counts].map(([what, count]) => `${count} ${what}`).join(", ");
}

/** "7 s", "1:07", "2:00:07". */
function timeText(ms: number): string {
  const total = Math.floor(ms / 1000);
  if (total < 60) return `${total} s`;
  const parts = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const [first, ...rest] = parts[0] === 0 ? parts.slice(1) : parts;
  return [String(first), ...rest.map((part) => String(part).padStart(2, "0"))].join(":");
}

/** Cut without a look at blanks, which are columns here. */
const plainCut = (text: string, most: number): string =>
  [...text].slice(0, Math.max(0, most)).join("").trimEnd();

/** The last line of an output of which the end is known. */
export const lastLine = (text: string): string =>
  plainLine(
    text
      .split(/[\r\n]+/)
      .filter((line) => line.trim() !== "")
      .at(-1) ?? "",
    500,
  );
