import { keyOf } from "../cache/identity.ts";
import { quoted } from "../settings/user-error.ts";
import { bisect, type Found, type Judgement } from "./bisect.ts";
import type { Cell, CellResult } from "./cell.ts";
import { type Kept, keptResult, keptText } from "./kept-results.ts";
import type { BisectReport } from "./reports/report.ts";
import { endingStatus, type Schedule, type Scheduled, schedule } from "./schedule.ts";

export type Bisection = Omit<Schedule, "failFast"> & {
  /** What a cell's result depends on; undefined where it cannot be kept. Does not reject. */
  readonly identify: (cell: Cell, signal: AbortSignal) => Promise<readonly string[] | undefined>;
  readonly kept: Kept;
  /** Whether kept results count. */
  readonly resume: boolean;
  /** Called with each kept result that counts. */
  readonly known?: ((result: CellResult) => void) | undefined;
};

export type Bisected = Scheduled & {
  readonly conclusion: BisectReport;
  readonly status: number;
};

/** Looks for the first kernel of the list that is bad; `results` has those that were tried. */
export async function runBisection(plan: Bisection): Promise<Bisected> {
  const { cells } = plan;
  const results = new Map<Cell, CellResult>();
  const abort = new AbortController();
  let interrupted: number | undefined;
  const release = plan.signals.subscribe((name) => {
    interrupted ??= endingStatus(name);
    if (interrupted !== undefined) abort.abort();
  });
  const judge = async (places: readonly number[]) => {
    const chosen = places.flatMap((place) => cells[place] ?? []);
    const keys = new Map<Cell, string>();
    for (const cell of chosen) {
      const identity = await plan.identify(cell, abort.signal);
      if (identity === undefined) continue;
      const key = keyOf(
        ...identity,
        JSON.stringify(cell.environment),
        JSON.stringify(cell.expected),
      );
      keys.set(cell, key);
      const known = plan.resume ? keptResult(cell, plan.kept.read(key)) : undefined;
      if (known === undefined) continue;
      results.set(cell, known);
      plan.known?.(known);
    }
    if (interrupted !== undefined) return undefined;
    const waiting = chosen.filter((cell) => !results.has(cell));
    const ran = await schedule({ ...plan, cells: waiting, failFast: false });
    for (const result of ran.results) {
      results.set(result.cell, result);
      const key = keys.get(result.cell);
      if (key !== undefined && isLasting(result) && interrupted === undefined)
        plan.kept.write(key, keptText(result));
    }
    if (interrupted !== undefined) return undefined;
    return chosen.map((cell) => {
      const result = results.get(cell);
      return result === undefined ? "untestable" : judgementOf(result);
    });
  };
  try {
    const found = await bisect(cells.length, judge);
    const tried = cells.flatMap((cell) => results.get(cell) ?? []);
    return { results: tried, interrupted, ...concluded(found, cells, tried) };
  } finally {
    release();
  }
}

/** A machine that died under the command is as bad as a command that failed. */
function judgementOf({ state, asExpected, crashed }: CellResult): Judgement {
  if (state === "skipped" || state === "not-run") return "untestable";
  if (state === "could-not-run") return crashed ? "bad" : "untestable";
  return asExpected ? "good" : "bad";
}

/** How busy the host was decides over a command that takes too long, so that it is tried again. */
const isLasting = (result: CellResult): boolean =>
  judgementOf(result) !== "untestable" && result.state !== "timed-out";

const FAILED = 125;

/** The sentence at the end, and the exit status: 0 when the first bad kernel is known. */
function concluded(
  found: Found,
  cells: readonly Cell[],
  tried: readonly CellResult[],
): Pick<Bisected, "conclusion" | "status"> {
  const name = (place: number) => cells[place]?.name ?? "";
  const shown = (place: number) => quoted(name(place));
  const nothing = { lastGood: null, firstBad: null, untestable: [] };
  switch (found.kind) {
    case "ended":
      return { conclusion: { ...nothing, said: "the search was ended" }, status: FAILED };
    case "end":
      return {
        conclusion: {
          ...nothing,
          said: endSentence(found, shown(found.end === "first" ? 0 : cells.length - 1)),
        },
        status: found.judgement === "untestable" ? FAILED : 1,
      };
    case "found": {
      const { lastGood, firstBad, untestable } = found;
      const of = `${tried.length} of ${cells.length} kernels tried`;
      const said =
        untestable.length === 0
          ? `${shown(firstBad)} is the first bad kernel, ${shown(lastGood)} the last good one (${of})`
          : `the first bad kernel is ${untestable.map(shown).join(", ")} or ${shown(firstBad)}, as those between it and the last good one, ${shown(lastGood)}, could not be tested (${of})`;
      return {
        conclusion: {
          lastGood: name(lastGood),
          firstBad: untestable.length === 0 ? name(firstBad) : null,
          untestable: untestable.map(name),
          said,
        },
        status: untestable.length === 0 ? 0 : FAILED,
      };
    }
  }
}

function endSentence({ end, judgement }: Extract<Found, { kind: "end" }>, name: string): string {
  const which = `the ${end} kernel, ${name},`;
  if (judgement === "untestable") return `${which} could not be tested; choose another ${end} one`;
  return end === "first"
    ? `${which} is bad already; begin with one on which the command works`
    : `${which} is good; end with one on which the command fails`;
}
