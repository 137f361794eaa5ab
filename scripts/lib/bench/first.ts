import { rmSync } from "node:fs";
import { join } from "node:path";
import type { TestKernel } from "../../../test/harness/kernels.ts";
import { stages } from "./moments.ts";
import { type Observed, observe } from "./observed.ts";
import type { Options } from "./options.ts";
import type { Place } from "./place.ts";
import { alternate, median, spread } from "./statistics.ts";
import { type Cell, table } from "./table.ts";
import { CLONE, FRESH, type Way } from "./ways.ts";

/** The run that others are compared with, in a cache that has all it needs. */
const WARM = "fresh boot, warm cache";
/** Every stage of a run with an empty cache, by how it starts. */
const FIRST: readonly (readonly [name: string, way: Way])[] = [
  ["first run", CLONE],
  ["first run, --fresh", FRESH],
];

/** The first run of all, whose cache is empty, against a fresh boot, and what it is spent on. */
export async function first({ kernels, runs }: Options, place: Place): Promise<string> {
  const rows: Cell[][] = [];
  const parts: string[] = [];
  for (const kernel of kernels) {
    await observe(place, kernel, FRESH.flags);
    const samples = await alternate<Observed>(runs, [
      () => observe(place, kernel, FRESH.flags),
      ...FIRST.map(
        ([, way]) =>
          () =>
            withEmptyCache(place, kernel, way),
      ),
    ]);
    const [base = []] = samples;
    const warm = median(base.map(wallS));
    samples.forEach((looks, index) => {
      const name = FIRST[index - 1]?.[0] ?? WARM;
      const wall = spread(looks.map(wallS));
      const named = index === 0 ? kernel.name : "";
      rows.push([named, name, wall.median, wall.min, wall.max, wall.median / warm]);
    });
    FIRST.forEach(([name], index) => {
      const header = [`stages of ${kernel.name}, ${name}`, "clock", "ms", "of a fresh boot"];
      parts.push(table(header, stageRows(samples[index + 1] ?? [], warm * 1000)));
    });
  }
  const header = ["kernel", "", "wall s", "min", "max", "ratio"];
  return [table(header, rows), ...parts].join("\n");
}

/** The files of the kernel are in the page cache all the same. */
async function withEmptyCache(place: Place, kernel: TestKernel, way: Way): Promise<Observed> {
  const cache = join(place.directory, "empty-cache");
  rmSync(cache, { recursive: true, force: true });
  const environment = { ...place.environment, XDG_CACHE_HOME: cache };
  return observe({ ...place, environment }, kernel, way.flags);
}

const wallS = ({ offsetMs, endMs }: Observed): number => (offsetMs + endMs) / 1000;

/** Medians of what is at the same place in each look. */
function stageRows(looks: readonly Observed[], warmMs: number): Cell[][] {
  const found = looks.map(({ moments }) => stages(moments));
  return (found[0] ?? []).map(({ name, clock }, index) => {
    const values = found.flatMap((look) => {
      const stage = look[index];
      return stage?.name === name ? [stage.ms] : [];
    });
    const ms = median(values);
    return [name, clock, ms.toFixed(1), ms / warmMs];
  });
}
