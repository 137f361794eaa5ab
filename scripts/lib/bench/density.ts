import type { TestKernel } from "../../../test/harness/kernels.ts";
import type { Options } from "./options.ts";
import type { Place } from "./place.ts";
import { childrenOf, readPeak } from "./process-memory.ts";
import { timed } from "./run.ts";
import { alternate, spread } from "./statistics.ts";
import { type Cell, mib, table } from "./table.ts";

const COUNTS = [1, 2, 4, 8, 16] as const;

/** Many clones at once: how long they take, and what memory each has for itself. */
export async function density({ kernels, runs }: Options, place: Place): Promise<string> {
  const rows: Cell[][] = [];
  for (const kernel of kernels) {
    await once(place, kernel);
    const walls = await alternate(
      runs,
      COUNTS.map((count) => () => wallOf(place, kernel, count)),
    );
    for (const [index, count] of COUNTS.entries()) {
      const wall = spread(walls[index] ?? []);
      const { qemu, vimto } = await memoryOf(place, kernel, count);
      rows.push([
        index === 0 ? kernel.name : "",
        `${count}`,
        wall.median,
        wall.min,
        wall.max,
        wall.median / count,
        ...[qemu, vimto].flatMap((own) => {
          const { median, max } = spread(own);
          return [mib(median), mib(max)];
        }),
      ]);
    }
  }
  const header = ["kernel", "clones", "wall s", "min", "max", "s each"];
  return table([...header, "QEMU private MiB", "max", "vimto private MiB", "max"], rows);
}

const exec = (place: Place, kernel: TestKernel, ...command: string[]) => [
  place.vimto,
  "--kernel",
  kernel.path,
  "exec",
  ...command,
];

const once = (place: Place, kernel: TestKernel) =>
  timed(exec(place, kernel, "true"), { environment: place.environment });

/** Seconds from the start of the first to the end of the last. */
async function wallOf(place: Place, kernel: TestKernel, count: number): Promise<number> {
  const began = performance.now();
  await Promise.all(Array.from({ length: count }, () => once(place, kernel)));
  return (performance.now() - began) / 1e3;
}

/** Private bytes of each process while all commands run and wait for their stdin. */
async function memoryOf(
  place: Place,
  kernel: TestKernel,
  count: number,
): Promise<{ readonly qemu: number[]; readonly vimto: number[] }> {
  const children = Array.from({ length: count }, () =>
    Bun.spawn(exec(place, kernel, "sh", "-c", "echo up; read line"), {
      env: { ...process.env, ...place.environment },
      stdio: ["pipe", "pipe", "inherit"],
    }),
  );
  await Promise.all(
    children.map(async ({ stdout }) => {
      const reader = stdout.getReader();
      const { value } = await reader.read();
      if (value === undefined) throw new Error("a clone ended before its command said anything");
      reader.releaseLock();
    }),
  );
  const vimto = children.map(({ pid }) => readPeak(pid).own);
  const qemu = children.flatMap(({ pid }) => childrenOf(pid).map((child) => readPeak(child).own));
  for (const { stdin } of children) await stdin.end();
  await Promise.all(children.map(({ exited }) => exited));
  return { qemu, vimto };
}
