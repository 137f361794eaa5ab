import { openSync } from "node:fs";
import type { RunStreams } from "../run/request.ts";
import { Connection } from "../system/connection.ts";
import { socketPair } from "../system/libc.ts";
import { readingFrom } from "../system/pumps.ts";

export type StreamName = "stdout" | "stderr";

/** Takes the output of a run. A promise makes the command wait. */
export type Taker = (stream: StreamName, bytes: Uint8Array) => Promise<void> | undefined;

export type CaptureOptions = {
  /** Whether stdout and stderr are one stream, in one order. */
  readonly merged: boolean;
  /** What each command reads: a path. */
  readonly stdin: string;
};

/** Streams of a run whose output vimto itself reads. */
export function captured(take: Taker, { merged, stdin }: CaptureOptions): RunStreams {
  return {
    merged,
    closed: [],
    open: async () => {
      const [stdout, stderr] = await Promise.all([
        reading((bytes) => take("stdout", bytes)),
        reading((bytes) => take("stderr", bytes)),
      ]);
      // The thread that reads it may use its number until vimto ends, so it is not closed.
      return { stdin: () => readingFrom(openSync(stdin, "r")), stdout, stderr };
    },
  };
}

/** A connection; what is written to it is read here. */
async function reading(take: (bytes: Uint8Array) => Promise<void> | undefined) {
  const [one, other] = socketPair();
  const [written, read] = await Promise.all([Connection.adopt(one), Connection.adopt(other)]);
  read.onData((bytes) => {
    const wait = take(bytes);
    if (wait === undefined) return;
    read.pause();
    wait.finally(() => read.resume());
  });
  return written;
}
