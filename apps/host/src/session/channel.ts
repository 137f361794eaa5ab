import {
  bootMoments,
  Decoder,
  dataHeader,
  encodeClose,
  encodeCredit,
  encodeEof,
  encodeOrder,
  type Frame,
  MAX_DATA_LENGTH,
  type Order,
  type Stream,
  type WindowedStream,
  WireError,
} from "@vimto/protocol/frames";
import { parseHello } from "@vimto/protocol/messages";
import { Failure } from "../failure.ts";
import type { Connection } from "../system/connection.ts";

/** The last moment of the boot: the guest takes scripts from then on. */
const UP = bootMoments.length - 1;

export type ChannelEvents = {
  /** A moment of the guest: its index, and nanoseconds of the guest's CLOCK_MONOTONIC. */
  readonly moment: (index: number, ns: bigint) => void;
  /** What belongs to a session: streams, and the events of scripts. Throws WireError. */
  readonly frame: (frame: Frame) => void;
  /** The channel cannot be used any more; called once. */
  readonly fault: (fault: Failure) => void;
};

/**
 * The host's end of the channel, from the first byte to the last. It handles hello, moments and the clock, and
 * passes the rest to a session. It writes frames, and keeps the first fault.
 */
export class Channel {
  readonly #connection: Connection;
  readonly #decoder = new Decoder({ data: "pieces" });
  readonly #events: ChannelEvents;
  readonly #up = Promise.withResolvers<void>();
  readonly #heard = Promise.withResolvers<void>();
  /** Callers that wait for the guest's clock, in the order in which they asked. */
  readonly #clocks: ((ms: number) => void)[] = [];
  #greeted: boolean;
  #isHeard = false;
  #isBroken = false;

  /** `greeted`: the guest is a clone, which has said hello to another host. */
  constructor(connection: Connection, greeted: boolean, events: ChannelEvents) {
    this.#connection = connection;
    this.#greeted = greeted;
    this.#events = events;
    if (greeted) this.#up.resolve();
    connection.onData((bytes) => {
      if (this.#isBroken) return;
      try {
        for (const frame of this.#decoder.push(bytes)) this.#receive(frame);
      } catch (error) {
        // The socket's callback would swallow an error, and the run would wait for ever.
        this.#isBroken = true;
        const why = error instanceof Error ? error.message : String(error);
        events.fault(new Failure("channel", `the channel to the guest broke: ${why}`));
      }
    });
  }

  /** Resolves when the guest takes scripts; never when the machine dies before. */
  get up(): Promise<void> {
    return this.#up.promise;
  }

  /** Resolves with the first frame of the guest; never when the machine dies before. */
  get heard(): Promise<void> {
    return this.#heard.promise;
  }

  /** Whether the guest has said anything; it may lose what it gets before. */
  get isHeard(): boolean {
    return this.#isHeard;
  }

  /**
   * The guest's CLOCK_REALTIME, in milliseconds since 1970; never settles when the machine dies. The guest
   * carries out orders one after the other, so the answer also means that it has carried out all earlier ones.
   */
  clock(): Promise<number> {
    return new Promise((resolve) => {
      this.#clocks.push(resolve);
      this.order({ kind: "clock" });
    });
  }

  order(order: Order): void {
    this.#connection.write(encodeOrder(order));
  }

  data(stream: Stream, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += MAX_DATA_LENGTH) {
      const piece = bytes.subarray(at, at + MAX_DATA_LENGTH);
      this.#connection.write(dataHeader(stream, piece.length));
      this.#connection.write(piece);
    }
  }

  eof(stream: WindowedStream): void {
    this.#connection.write(encodeEof(stream));
  }

  close(stream: WindowedStream): void {
    this.#connection.write(encodeClose(stream));
  }

  credit(stream: WindowedStream, bytes: number): void {
    if (bytes > 0) this.#connection.write(encodeCredit(stream, bytes));
  }

  #receive(frame: Frame): void {
    if (!this.#isHeard) {
      this.#isHeard = true;
      this.#heard.resolve();
    }
    if (!this.#greeted) {
      parseHello(frame);
      this.#greeted = true;
      return;
    }
    // Hello is the guest's only message in words.
    if (frame.kind === "control") throw new WireError("handshake", "the guest said hello twice");
    if (frame.kind === "order") throw new WireError("handshake", "the guest sent an order");
    const event = frame.kind === "event" ? frame.event : undefined;
    switch (event?.kind) {
      case "clock":
        this.#clocks.shift()?.(Number(event.ns) / 1e6);
        break;
      case "mark":
        this.#events.moment(event.index, event.ns);
        if (event.index === UP) this.#up.resolve();
        break;
      default:
        this.#events.frame(frame);
    }
  }
}
