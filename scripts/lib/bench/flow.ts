import type { TestKernel } from "../../../test/harness/kernels.ts";
import { lines } from "./observed.ts";
import type { Place } from "./place.ts";

/** A command on the host that runs vimto: ["taskset", "-c", "0"]. */
type Under = readonly string[];

const vimto = (place: Place, kernel: TestKernel, args: readonly string[], under: Under) => [
  ...under,
  place.vimto,
  "--kernel",
  kernel.path,
  ...args,
];

/** Words for sh, each as it is. */
const quote = (words: readonly string[]) =>
  words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");

/**
 * Seconds from the first to the last byte that vimto's stdout, a pipe, gives to a program that only
 * counts. Throws when it is not `bytes` of them.
 */
export async function flowOut(
  place: Place,
  kernel: TestKernel,
  args: readonly string[],
  bytes: number,
  under: Under = [],
): Promise<number> {
  // dd takes one byte and no more; wc takes the rest.
  const reader = "{ dd bs=1 count=1 of=/dev/null 2>/dev/null; echo first; wc -c; }";
  const words = quote(vimto(place, kernel, args, under));
  const [first, last] = await twoLines(place, `${words} | ${reader}`);
  if (Number(last.text) + 1 !== bytes)
    throw new Error(`${args.join(" ")} gave ${last.text} bytes and one more, not ${bytes}`);
  return last.seconds - first.seconds;
}

/**
 * Seconds that the guest takes for a command while `bytes` of stdin flow to it. `args` end with a script
 * for sh.
 */
export async function flowIn(
  place: Place,
  kernel: TestKernel,
  args: readonly string[],
  bytes: number,
  under: Under = [],
): Promise<number> {
  const timed = args.with(-1, `echo first; ${args.at(-1)}; echo last`);
  const words = quote(vimto(place, kernel, timed, under));
  const [first, last] = await twoLines(place, `head -c ${bytes} /dev/zero | ${words}`);
  if (last.text !== "last") throw new Error(`${args.join(" ")} ended with "${last.text}"`);
  return last.seconds - first.seconds;
}

type Line = { readonly text: string; readonly seconds: number };

async function twoLines(place: Place, command: string): Promise<readonly [Line, Line]> {
  const child = Bun.spawn(["sh", "-c", command], {
    env: { ...process.env, ...place.environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const read: Line[] = [];
  for await (const text of lines(child.stdout))
    read.push({ text, seconds: performance.now() / 1e3 });
  const [first, last, ...more] = read;
  if (first === undefined || last === undefined || more.length > 0)
    throw new Error(`"${command}" printed ${read.length} lines, not 2`);
  return [first, last];
}
