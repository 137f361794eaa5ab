import { bootMoments, Decoder, WireError } from "@vimto/protocol/frames";
import { parseHello } from "@vimto/protocol/messages";
import { Failure } from "../failure.ts";
import type { Machine } from "../machine/machine.ts";

/**
 * Waits for what a machine says by itself: hello, and the moments of its boot, which `onMoment` is told of.
 * Never settles when the machine dies.
 */
export function awaitHello(
  machine: Machine,
  onMoment: (index: number, ns: bigint) => void,
): Promise<void> {
  const decoder = new Decoder();
  let greeted = false;
  return new Promise((resolve, reject) => {
    machine.channel.onData((bytes) => {
      try {
        for (const frame of decoder.push(bytes)) {
          if (!greeted) parseHello(frame);
          greeted = true;
          if (frame.kind !== "event" || frame.event.kind !== "mark") continue;
          onMoment(frame.event.index, frame.event.ns);
          if (frame.event.index === bootMoments.length - 1) resolve();
        }
      } catch (error) {
        if (!(error instanceof WireError)) reject(error);
        else reject(new Failure("channel", `the channel to the guest broke: ${error.message}`));
      }
    });
  });
}
