import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestKernel } from "../../../test/harness/kernels.ts";
import type { Options } from "./options.ts";
import type { Place } from "./place.ts";
import { PeakWatch } from "./process-memory.ts";
import { timed } from "./run.ts";
import { alternate, median } from "./statistics.ts";
import { type Cell, mib, table } from "./table.ts";

const RUNS = 8;
const KERNELS = 4;
const JOBS = [1, 2, 4] as const;
const COMMAND = ["exec", "sleep", "2"] as const;
const SAMPLE_MS = 100;

/** One command on many kernels: how long it takes with so many at once, against a loop and the sum of the runs. */
export async function matrix({ kernels, runs }: Options, place: Place): Promise<string> {
  const chosen = kernels.slice(0, KERNELS);
  const list = Array.from({ length: RUNS }, (_, at) => chosen[at % chosen.length]).flatMap(
    (kernel) => kernel ?? [],
  );
  for (const kernel of chosen) await alone(place, kernel);
  const [loops = [], ...matrices] = await alternate<Measured>(runs, [
    () => loop(place, list),
    ...JOBS.map((jobs) => () => many(place, list, jobs)),
  ]);
  const wall = (measured: readonly Measured[]) => median(measured.map(({ wallS }) => wallS));
  const rows: Cell[][] = [["a shell's loop", wall(loops), "", "", ""]];
  for (const [index, jobs] of JOBS.entries()) {
    const measured = matrices[index] ?? [];
    const ratio = median(measured.map(({ wallS, sumS }) => sumS / wallS));
    const peak = median(measured.map(({ peakBytes }) => peakBytes));
    rows.push([`--jobs ${jobs}`, wall(measured), wall(loops) / wall(measured), ratio, mib(peak)]);
  }
  const single = await many(place, list.slice(0, 1), 1);
  const most = median((matrices.at(-1) ?? []).map(({ peakBytes }) => peakBytes));
  const more = (most - single.peakBytes) / (RUNS - 1);
  const head = [`${RUNS} runs, ${chosen.length} kernels`, "wall s", "loop / wall", "sum / wall"];
  return `${table([...head, "vimto's own MiB"], rows)}vimto with one kernel: ${mib(single.peakBytes)} MiB; each more: ${mib(more)} MiB\n`;
}

type Measured = { readonly wallS: number; readonly sumS: number; readonly peakBytes: number };

const alone = (place: Place, { path }: TestKernel) =>
  timed([place.vimto, "--kernel", path, ...COMMAND], { environment: place.environment });

async function loop(place: Place, list: readonly TestKernel[]): Promise<Measured> {
  const script = `for kernel; do "$VIMTO" --kernel "$kernel" ${COMMAND.join(" ")} || exit; done`;
  const { wallS } = await timed(["sh", "-c", script, "sh", ...list.map(({ path }) => path)], {
    environment: { ...place.environment, VIMTO: place.vimto },
  });
  return { wallS, sumS: wallS, peakBytes: 0 };
}

async function many(place: Place, list: readonly TestKernel[], jobs: number): Promise<Measured> {
  const report = join(place.directory, "report.json");
  const kernels = list.flatMap(({ path }) => ["--kernel", path]);
  // A report makes a single one a run of many.
  const options = ["--jobs", String(jobs), "--report", `json=${report}`];
  const began = performance.now();
  const child = Bun.spawn([place.vimto, ...kernels, ...options, ...COMMAND], {
    env: { ...process.env, ...place.environment },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const watch = new PeakWatch(child.pid, SAMPLE_MS);
  const status = await child.exited;
  const peakBytes = watch.stop().self.own;
  const wallS = (performance.now() - began) / 1e3;
  if (status !== 0) throw new Error(`vimto on ${list.length} kernels ended with ${status}`);
  const { kernels: told } = JSON.parse(readFileSync(report, "utf8"));
  const ms = told.map((one: { bootMs: number; runMs: number }) => one.bootMs + one.runMs);
  return { wallS, sumS: ms.reduce((sum: number, one: number) => sum + one, 0) / 1e3, peakBytes };
}
