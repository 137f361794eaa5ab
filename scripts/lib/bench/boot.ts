import { stages } from "./moments.ts";
import { observe } from "./observed.ts";
import type { Options } from "./options.ts";
import type { Place } from "./place.ts";
import { median } from "./statistics.ts";
import { type Cell, table } from "./table.ts";
import { compareWays, FRESH, WAYS_HEADER } from "./ways.ts";

/** How often a run with --verbose is looked at for its stages. */
const LOOKS = 3;

/** Fresh boots against the floor, and what a fresh boot is spent on. */
export async function boot({ kernels, runs }: Options, place: Place): Promise<string> {
  const rows: Cell[][] = [];
  const parts: string[] = [];
  for (const kernel of kernels) {
    rows.push(...(await compareWays(place, kernel, [FRESH], runs)));
    const looks = [];
    for (let look = 0; look < LOOKS; look++)
      looks.push(stages((await observe(place, kernel, FRESH.flags)).moments));
    parts.push(table([`stages of ${kernel.name}`, "clock", "ms"], stageRows(looks)));
  }
  return [table(WAYS_HEADER, rows), ...parts].join("\n");
}

/** Medians of what is at the same place in each look. */
function stageRows(looks: readonly ReturnType<typeof stages>[]): Cell[][] {
  return (looks[0] ?? []).map(({ name, clock }, index) => {
    const values = looks.flatMap((look) => {
      const stage = look[index];
      return stage?.name === name ? [stage.ms] : [];
    });
    return [name, clock, median(values).toFixed(1)];
  });
}
