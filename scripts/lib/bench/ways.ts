import type { TestKernel } from "../../../test/harness/kernels.ts";
import { floorCommand, SOCKETS } from "./floor.ts";
import type { Place } from "./place.ts";
import { type Run, timed } from "./run.ts";
import { alternate, median, spread } from "./statistics.ts";
import type { Cell } from "./table.ts";

/** A way to start a machine and end it again, that is measured against the floor. */
export type Way = { readonly name: string; readonly flags: readonly string[] };

export const FRESH: Way = { name: "fresh boot", flags: ["--fresh"] };
export const CLONE: Way = { name: "clone", flags: [] };

/** The same with shares over 9p, where the others have them over virtiofs if this host can. */
export const over9p = ({ name, flags }: Way): Way => ({
  name: `${name}, 9p`,
  flags: [...flags, "--fs", "9p"],
});

export const WAYS_HEADER = ["kernel", "", "wall s", "min", "max", "ratio", "CPU s", "ratio"];

/**
 * Rows of a table: the floor of one kernel, and `vimto exec true` by each way, in turns. Everything has
 * run once before, so that the cache is warm.
 */
export async function compareWays(
  place: Place,
  kernel: TestKernel,
  ways: readonly Way[],
  runs: number,
): Promise<Cell[][]> {
  const exec = ({ flags }: Way) =>
    timed([place.vimto, ...flags, "--kernel", kernel.path, "exec", "true"], {
      environment: place.environment,
    });
  for (const way of ways) await exec(way);
  const floor = await floorCommand(place, kernel);
  const samples = await alternate<Run>(runs, [
    () => timed(floor, { sockets: SOCKETS }),
    ...ways.map((way) => () => exec(way)),
  ]);
  const [base = []] = samples;
  const names = ["floor", ...ways.map(({ name }) => name)];
  return samples.map((each, index) => [
    index === 0 ? kernel.name : "",
    names[index] ?? "",
    ...cells(each, base),
  ]);
}

function cells(samples: readonly Run[], base: readonly Run[]): Cell[] {
  const wall = spread(samples.map(({ wallS }) => wallS));
  const cpu = median(samples.map(({ cpuS }) => cpuS));
  return [
    wall.median,
    wall.min,
    wall.max,
    wall.median / median(base.map(({ wallS }) => wallS)),
    cpu,
    cpu / median(base.map(({ cpuS }) => cpuS)),
  ];
}
