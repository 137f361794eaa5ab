import { Decoder, WireError } from "@vimto/protocol/frames";
import { type Hello, parseHello } from "@vimto/protocol/messages";
import { Failure } from "../failure.ts";
import type { Machine } from "../machine/machine.ts";

/** Waits for the one message that a machine says by itself. Never settles when the machine dies. */
export function awaitHello(machine: Machine): Promise<Hello> {
  const decoder = new Decoder();
  return new Promise((resolve, reject) => {
    machine.channel.onData((bytes) => {
      try {
        const [frame] = decoder.push(bytes);
        if (frame) resolve(parseHello(frame));
      } catch (error) {
        if (!(error instanceof WireError)) reject(error);
        else reject(new Failure("channel", `the channel to the guest broke: ${error.message}`));
      }
    });
  });
}
