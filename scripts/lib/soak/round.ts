import type { TestKernel } from "../../../test/harness/kernels.ts";
import { killMarked, markedProcesses } from "../../../test/harness/processes.ts";
import { until } from "../../../test/harness/until.ts";
import type { Place } from "../bench/place.ts";
import { STATUS, StreamCheck, writerScript } from "./writers.ts";

/** Lines of each writer in one run. */
const LINES = 25_000;
/** How long a run may say nothing before it counts as frozen. */
const SILENCE_S = 180;
/** How long after vimto's end its processes may still be there. */
const LEFT_S = 10;

export type RoundOptions = {
  readonly place: Place;
  readonly kernel: TestKernel;
  readonly flags: readonly string[];
};

/** Runs all writers once, with two CPUs on one of the host's; returns what was wrong, if anything. */
export async function round({ place, kernel, flags }: RoundOptions): Promise<string | undefined> {
  const machine = ["--smp", "2", ...flags, "--kernel", kernel.path];
  const command = ["exec", "--", "sh", "-c", writerScript(LINES)];
  const child = Bun.spawn(["taskset", "-c", "0", place.vimto, ...machine, ...command], {
    env: { ...process.env, ...place.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let heard = performance.now();
  let frozen = false;
  const silence = setInterval(() => {
    if (performance.now() - heard < SILENCE_S * 1000) return;
    frozen = true;
    killMarked(place.directory);
  }, 1000);
  const check = async (name: "stdout" | "stderr") => {
    const lines = new StreamCheck(name, LINES);
    const decoder = new TextDecoder();
    for await (const chunk of child[name]) {
      heard = performance.now();
      lines.push(decoder.decode(chunk, { stream: true }));
    }
    const fault = lines.end();
    return fault === undefined ? [] : [`${name}: ${fault}`];
  };
  const faults = (await Promise.all([check("stdout"), check("stderr")])).flat();
  const status = await child.exited;
  clearInterval(silence);
  if (frozen) faults.unshift(`nothing was printed for ${SILENCE_S} s`);
  if (status !== STATUS) faults.push(`the exit status was ${status}, not ${STATUS}`);
  faults.push(...(await leftovers(place.directory)));
  return faults.length === 0 ? undefined : faults.join("; ");
}

/** Processes of a run that is over, which are killed. */
async function leftovers(mark: string): Promise<string[]> {
  try {
    await until("the run's processes end", LEFT_S, () => markedProcesses(mark).length === 0);
    return [];
  } catch {
    const left = markedProcesses(mark).map(({ pid, command }) => `${pid} (${command})`);
    killMarked(mark);
    return [`still running after ${LEFT_S} s: ${left.join(", ")}`];
  }
}
