import { constants } from "node:os";
import { boot } from "./boot.ts";
import { density } from "./density.ts";
import { files } from "./files.ts";
import { first } from "./first.ts";
import { matrix } from "./matrix.ts";
import { memory } from "./memory.ts";
import { type Mode, type Options, parseOptions, UsageError } from "./options.ts";
import { makePlace, type Place } from "./place.ts";
import { start } from "./start.ts";
import { stdio } from "./stdio.ts";
import { tty } from "./tty.ts";

const modes: Readonly<Record<Mode, (options: Options, place: Place) => Promise<string>>> = {
  boot,
  first,
  start,
  stdio,
  memory,
  density,
  matrix,
  files,
  tty,
};

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  const place = makePlace();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      place.remove();
      process.exit(128 + constants.signals[signal]);
    });
  try {
    process.stdout.write(await modes[options.mode](options, place));
    return 0;
  } finally {
    place.remove();
  }
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  const usage = error instanceof UsageError;
  process.stderr.write(`bench: ${usage ? error.message : Bun.inspect(error)}\n`);
  process.exit(usage ? 2 : 1);
}
