import {
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
} from "@vimto/protocol/frames";
import { Failure } from "../failure.ts";
import type { Connection } from "../system/connection.ts";

/** The host's end of the channel: frames out, frames in, and its first fault. */
export class Channel {
  readonly #connection: Connection;
  readonly #decoder = new Decoder({ data: "pieces" });

  constructor(
    connection: Connection,
    onFrame: (frame: Frame) => void,
    onFault: (fault: Failure) => void,
  ) {
    this.#connection = connection;
    connection.onData((bytes) => {
      try {
        for (const frame of this.#decoder.push(bytes)) onFrame(frame);
      } catch (error) {
        // Thrown on, an error would be lost in the socket's callback, and the run would wait for ever.
        const why = error instanceof Error ? error.message : String(error);
        onFault(new Failure("channel", `the channel to the guest broke: ${why}`));
      }
    });
  }

  /** Bytes that QEMU has not taken yet. */
  get queued(): number {
    return this.#connection.queued;
  }

  onDrain(listener: () => void): void {
    this.#connection.onDrain(listener);
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
}
