import type { TestKernel } from "../../../test/harness/kernels.ts";
import { type Moment, parseMoment } from "./moments.ts";
import type { Place } from "./place.ts";

/** One run of a command that prints a word, as --verbose and we ourselves saw it. */
export type Observed = {
  readonly moments: readonly Moment[];
  /** Milliseconds from the start of vimto's process to its first moment's zero. */
  readonly offsetMs: number;
  /** On vimto's clock, like the moments. */
  readonly firstByteMs: number;
  readonly endMs: number;
};

/** Runs `echo` in a machine with --verbose. Throws when it fails. */
export async function observe(
  place: Place,
  kernel: TestKernel,
  flags: readonly string[],
): Promise<Observed> {
  const began = performance.now();
  const child = Bun.spawn(
    [place.vimto, "--verbose", ...flags, "--kernel", kernel.path, "exec", "echo", "x"],
    {
      env: { ...process.env, ...place.environment },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  let firstByte: number | undefined;
  const stdout = (async () => {
    for await (const _ of child.stdout) firstByte ??= performance.now();
  })();
  const moments: Moment[] = [];
  let offset = Number.POSITIVE_INFINITY;
  const stderr = (async () => {
    for await (const line of lines(child.stderr)) {
      const now = performance.now();
      const moment = parseMoment(line);
      if (moment === undefined) continue;
      moments.push(moment);
      // The line that was read soonest after it was written tells the clocks' difference best.
      offset = Math.min(offset, now - moment.hostMs);
    }
  })();
  const status = await child.exited;
  const end = performance.now();
  await Promise.all([stdout, stderr]);
  if (status !== 0 || firstByte === undefined) throw new Error(`vimto ended with ${status}`);
  return {
    moments,
    offsetMs: offset - began,
    firstByteMs: firstByte - offset,
    endMs: end - offset,
  };
}

/** The lines of a stream, without their ends. */
export async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let held = "";
  for await (const chunk of stream) {
    const parts = (held + decoder.decode(chunk, { stream: true })).split("\n");
    held = parts.pop() ?? "";
    yield* parts;
  }
  if (held !== "") yield held;
}
