import { read, writeSync } from "node:fs";
import { Decoder, encodeControl } from "@vimto/protocol/frames";
import type { GuestMessage, HostMessage } from "@vimto/protocol/messages";
import type { Channel } from "./relays.ts";

const CHUNK = 1 << 16;

/** Control messages, which guest init exchanges with the relays by pipes. */
export class Control {
  readonly #channel: Channel;
  readonly #decoder = new Decoder();
  readonly #chunk = new Uint8Array(CHUNK);

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  send(message: GuestMessage): void {
    const frame = encodeControl(message);
    for (let sent = 0; sent < frame.length; )
      sent += writeSync(this.#channel.outgoing, frame, sent);
  }

  /** What came since the last call; the host checks what it sends (both are of one version). */
  async receive(): Promise<HostMessage[]> {
    const length = await new Promise<number>((resolve, reject) =>
      read(this.#channel.incoming, this.#chunk, 0, CHUNK, null, (error, count) =>
        error ? reject(error) : resolve(count),
      ),
    );
    if (length === 0) throw new Error("relay-in closed its pipe");
    const frames = this.#decoder.push(this.#chunk.subarray(0, length));
    return frames.flatMap((frame) => (frame.kind === "control" ? [frame.json as HostMessage] : []));
  }
}
