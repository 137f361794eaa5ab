// main.ts DURATION [--kernel NAME]...: the loop that froze other tools, again and again.
import { constants } from "node:os";
import { parseArgs } from "node:util";
import { testKernels } from "../../../test/harness/kernels.ts";
import { chooseKernels, UsageError } from "../bench/options.ts";
import { makePlace } from "../bench/place.ts";
import { parseDuration } from "./duration.ts";
import { round } from "./round.ts";

const WAYS = [[], ["--fresh"]] as const;

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { kernel: { type: "string", multiple: true } },
  });
  const [duration, ...more] = positionals;
  if (duration === undefined || more.length > 0)
    throw new UsageError("give one time to run, such as 30m");
  const seconds = parseDuration(duration);
  const kernels = chooseKernels(values.kernel ?? [], testKernels("all"));
  const place = makePlace();
  const began = performance.now();
  let runs = 0;
  let failures = 0;
  const summary = () => {
    const spent = ((performance.now() - began) / 1000).toFixed(0);
    process.stdout.write(`${runs} runs in ${spent} s, ${failures} failed\n`);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      place.remove();
      summary();
      process.exit(128 + constants.signals[signal]);
    });
  try {
    const turns = WAYS.flatMap((flags) => kernels.map((kernel) => ({ kernel, flags })));
    for (let turn = 0; performance.now() - began < seconds * 1000; turn++) {
      const next = turns[turn % turns.length];
      if (next === undefined) break;
      const start = performance.now();
      const fault = await round({ place, ...next });
      runs++;
      if (fault !== undefined) failures++;
      const name = [next.kernel.name, ...next.flags].join(" ");
      const took = ((performance.now() - start) / 1000).toFixed(1);
      process.stdout.write(`run ${runs}, ${name}, ${took} s: ${fault ?? "ok"}\n`);
    }
  } finally {
    place.remove();
  }
  summary();
  return failures === 0 ? 0 : 1;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  const usage = error instanceof UsageError || error instanceof RangeError;
  process.stderr.write(`soak: ${usage ? error.message : Bun.inspect(error)}\n`);
  process.exit(usage ? 2 : 1);
}
