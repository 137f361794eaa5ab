import type { TestKernel } from "../../../test/harness/kernels.ts";
import type { Options } from "./options.ts";
import type { Place } from "./place.ts";
import { type Peak, PeakWatch } from "./process-memory.ts";
import { alternate, median } from "./statistics.ts";
import { type Cell, mib, table } from "./table.ts";
import { CLONE, FRESH, type Way } from "./ways.ts";

/** What the guest is asked to have for its command. */
const WANTED_MIB = 128;

type Memory = ReturnType<PeakWatch["stop"]>;

/** Peak memory of vimto and QEMU for `exec true`, and what the guest has for its command. */
export async function memory({ kernels, runs }: Options, place: Place): Promise<string> {
  const rows: Cell[][] = [];
  const guests: Cell[][] = [];
  for (const kernel of kernels) {
    const ways = [FRESH, CLONE];
    for (const way of ways) {
      const { total, available } = await guestMemory(place, kernel, way);
      const verdict = available >= WANTED_MIB ? "yes" : "NO";
      guests.push([kernel.name, way.name, total.toFixed(1), available.toFixed(1), verdict]);
    }
    const samples = await alternate(
      runs,
      ways.map((way) => () => peaks(place, kernel, way)),
    );
    for (const [index, { name }] of ways.entries()) {
      const each = samples[index] ?? [];
      const cells = (of: (memory: Memory) => Peak) =>
        (["resident", "proportional", "own"] as const).map((kind) =>
          mib(median(each.map((sample) => of(sample)[kind]))),
        );
      rows.push([kernel.name, name, "QEMU", ...cells(({ child }) => child)]);
      rows.push(["", "", "vimto", ...cells(({ self }) => self)]);
    }
  }
  const guestHeader = ["in the guest, MiB", "", "MemTotal", "MemAvailable", `${WANTED_MIB} left`];
  return [
    table(["peaks, MiB", "", "", "resident", "proportional", "private"], rows),
    table(guestHeader, guests),
  ].join("\n");
}

async function peaks(place: Place, kernel: TestKernel, { flags }: Way): Promise<Memory> {
  const child = Bun.spawn([place.vimto, ...flags, "--kernel", kernel.path, "exec", "true"], {
    env: { ...process.env, ...place.environment },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const watch = new PeakWatch(child.pid);
  const status = await child.exited;
  const memory = watch.stop();
  if (status !== 0) throw new Error(`vimto ended with ${status}`);
  return memory;
}

/** MiB, in a machine that was asked to have WANTED_MIB for its command. */
async function guestMemory(
  place: Place,
  kernel: TestKernel,
  { flags }: Way,
): Promise<{ readonly total: number; readonly available: number }> {
  const machine = ["--memory", `${WANTED_MIB}M`, "--kernel", kernel.path];
  const child = Bun.spawn([place.vimto, ...flags, ...machine, "exec", "cat", "/proc/meminfo"], {
    env: { ...process.env, ...place.environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const text = await new Response(child.stdout).text();
  const field = (name: string) =>
    Number(new RegExp(`^${name}: +([0-9]+) kB$`, "m").exec(text)?.[1]) / 1024;
  return { total: field("MemTotal"), available: field("MemAvailable") };
}
