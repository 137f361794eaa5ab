import { Decoder, encodeOrder } from "@vimto/protocol/frames";
import type { Machine } from "../machine/machine.ts";

const QUESTIONS = 10;

/**
 * How many milliseconds the clock of a guest that has said hello is ahead of the host's. Each answer was given
 * between its question and its arrival; the quickest ones tell most. Never settles when the machine dies.
 */
export async function clockAhead(machine: Machine): Promise<number> {
  let [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let asked = 0; asked < QUESTIONS; asked++) {
    const before = now();
    const guest = await ask(machine);
    least = Math.max(least, guest - now());
    most = Math.min(most, guest - before);
  }
  return (least + most) / 2;
}

function ask({ channel }: Machine): Promise<number> {
  const decoder = new Decoder();
  return new Promise((resolve, reject) => {
    channel.onData((bytes) => {
      try {
        for (const frame of decoder.push(bytes)) {
          if (frame.kind === "event" && frame.event.kind === "clock")
            resolve(Number(frame.event.ns) / 1e6);
        }
      } catch (error) {
        reject(error);
      }
    });
    channel.write(encodeOrder({ kind: "clock" }));
  });
}

/** Milliseconds since 1970, finer than Date. */
const now = () => performance.timeOrigin + performance.now();
