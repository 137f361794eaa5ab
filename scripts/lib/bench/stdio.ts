import type { TestKernel } from "../../../test/harness/kernels.ts";
import { flowIn, flowOut } from "./flow.ts";
import type { Options } from "./options.ts";
import type { Place } from "./place.ts";
import { alternate, spread } from "./statistics.ts";
import { type Cell, table } from "./table.ts";

const MB = 200;
const BYTES = MB * 1_000_000;
const LINES = 1_000_000;
const LOOP = 'seq 1 100000 | while read i; do echo "line $i"; done';
const LOOP_BYTES = Array.from({ length: 100_000 }, (_, i) => `line ${i + 1}\n`.length).reduce(
  (sum, length) => sum + length,
);
const LINES_BYTES = Array.from({ length: LINES }, (_, i) => `${i + 1}\n`.length).reduce(
  (sum, length) => sum + length,
);

type Flow = {
  readonly name: string;
  /** Whether the figure is MB/s rather than seconds. */
  readonly rate: boolean;
  seconds(place: Place, kernel: TestKernel): Promise<number>;
};

const script = (text: string) => ["exec", "--", "sh", "-c", text];

const FLOWS: readonly Flow[] = [
  {
    name: `stdout, ${MB} MB`,
    rate: true,
    seconds: (place, kernel) =>
      flowOut(place, kernel, ["exec", "head", "-c", `${BYTES}`, "/dev/zero"], BYTES),
  },
  {
    name: `stdin, ${MB} MB`,
    rate: true,
    seconds: (place, kernel) => flowIn(place, kernel, script("cat >/dev/null"), BYTES),
  },
  {
    name: "a million lines",
    rate: false,
    seconds: (place, kernel) =>
      flowOut(place, kernel, ["exec", "seq", "1", `${LINES}`], LINES_BYTES),
  },
  {
    name: "the same, to /dev/null in the guest",
    rate: false,
    seconds: (place, kernel) => flowIn(place, kernel, script(`seq 1 ${LINES} >/dev/null`), 0),
  },
  {
    name: "echo in a loop, 2 CPUs on one",
    rate: false,
    seconds: (place, kernel) =>
      flowOut(place, kernel, ["--smp", "2", ...script(LOOP)], LOOP_BYTES, ["taskset", "-c", "0"]),
  },
  {
    name: "the same, to /dev/null in the guest",
    rate: false,
    seconds: (place, kernel) =>
      flowIn(place, kernel, ["--smp", "2", ...script(`{ ${LOOP}; } >/dev/null`)], 0, [
        "taskset",
        "-c",
        "0",
      ]),
  },
];

/** How fast bytes go through vimto, without the time that the machine takes to start. */
export async function stdio({ kernels, runs }: Options, place: Place): Promise<string> {
  const rows: Cell[][] = [];
  for (const kernel of kernels) {
    const samples = await alternate(
      runs,
      FLOWS.map((flow) => () => flow.seconds(place, kernel)),
    );
    for (const [index, { name, rate }] of FLOWS.entries()) {
      const seconds = samples[index] ?? [];
      const { median, min, max } = spread(rate ? seconds.map((each) => MB / each) : seconds);
      rows.push([index === 0 ? kernel.name : "", name, rate ? "MB/s" : "s", median, min, max]);
    }
  }
  return table(["kernel", "", "", "median", "min", "max"], rows);
}
