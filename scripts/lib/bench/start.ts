import { type Observed, observe } from "./observed.ts";
import type { Options } from "./options.ts";
import type { Place } from "./place.ts";
import { median } from "./statistics.ts";
import { type Cell, table } from "./table.ts";
import { CLONE, compareWays, FRESH, over9p, WAYS_HEADER } from "./ways.ts";

/** The stages of a clone, each from the end of the one before it, in milliseconds. */
const STAGES: readonly (readonly [name: string, end: (run: Observed) => number])[] = [
  ["vimto starts", () => 0],
  ["kernel, initramfs and template found", at("initramfs ready")],
  ["QEMU start", at("QEMU started")],
  ["state loaded", at("state loaded")],
  ["resume", at("resumed")],
  ["to the script", at("script")],
  ["root built", at("root")],
  ["hello to exec", at("exec")],
  ["exec to first byte", ({ firstByteMs }) => firstByteMs],
  ["first byte to exit", at("command ended")],
  ["output and files written", at("output and files written")],
  ["exit to end", ({ endMs }) => endMs],
];

function at(name: string): (run: Observed) => number {
  return ({ moments }) => moments.find((moment) => moment.name === name)?.hostMs ?? Number.NaN;
}

/** Fresh boots and clones, by --fs auto and over 9p, against the floor, and what a clone is spent on. */
export async function start({ kernels, runs }: Options, place: Place): Promise<string> {
  const rows: Cell[][] = [];
  const columns: number[][] = [];
  for (const kernel of kernels) {
    rows.push(
      ...(await compareWays(place, kernel, [FRESH, over9p(FRESH), CLONE, over9p(CLONE)], runs)),
    );
    const looks: number[][] = [];
    for (let look = 0; look < runs; look++)
      looks.push(durations(await observe(place, kernel, CLONE.flags)));
    columns.push(STAGES.map((_, stage) => median(looks.map((look) => look[stage] ?? Number.NaN))));
  }
  const stages = STAGES.map(([name], stage) => [
    name,
    ...columns.map((column) => (column[stage] ?? Number.NaN).toFixed(1)),
  ]);
  const names = kernels.map(({ name }) => name);
  return `${table(WAYS_HEADER, rows)}\n${table(["stages of a clone, ms", ...names], stages)}`;
}

function durations(run: Observed): number[] {
  let before = -run.offsetMs;
  return STAGES.map(([, end]) => {
    const ms = end(run);
    const spent = ms - before;
    before = ms;
    return spent;
  });
}
