import { writeSync } from "node:fs";
import { errorCode } from "../failure.ts";

/** What vimto itself was asked to print, to stdout. A reader that has gone wants no more of it. */
export function print(text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(1, bytes, written);
    } catch (error) {
      const code = errorCode(error);
      if (code === "EPIPE") return;
      // A pipe that its other users made non-blocking.
      if (code !== "EAGAIN") throw error;
      Bun.sleepSync(1);
    }
  }
}
