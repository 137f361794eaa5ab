import { writeSync } from "node:fs";
import { errorCode, Failure } from "../failure.ts";

/** What vimto itself was asked to print, to stdout. */
export const print = (text: string): void => writeWhole(1, text);

/** Writes a text to a descriptor. A reader that has gone wants no more of it. */
export function writeWhole(fd: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      const code = errorCode(error);
      if (code === "EPIPE") return;
      // A pipe that its other users made non-blocking.
      if (code !== "EAGAIN") throw unwritable(fd, error);
      Bun.sleepSync(1);
    }
  }
}

const unwritable = (fd: 1 | 2, cause: unknown): Failure =>
  new Failure(
    "output",
    `${fd === 1 ? "stdout" : "stderr"} cannot be written (${errorCode(cause) ?? cause}); make room, or send it elsewhere`,
    { cause },
  );
