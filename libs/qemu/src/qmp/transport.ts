import type { Duplex } from "node:stream";

/**
 * A connected byte stream, whatever carries it. `write` takes all bytes, in order, and queues what
 * the stream does not take at once. Listeners are set once, before the first byte arrives.
 */
export type Transport = {
  write(bytes: Uint8Array): void;
  onData(listener: (bytes: Uint8Array) => void): void;
  /** Called once, when no byte will come any more, for whatever reason. */
  onClose(listener: () => void): void;
};

/** A transport over a Node stream, such as `stdio[3]` of a child process. */
export function streamTransport(stream: Duplex): Transport {
  return {
    write: (bytes) => {
      stream.write(bytes);
    },
    onData: (listener) => {
      stream.on("data", listener);
    },
    onClose: (listener) => {
      let open = true;
      const close = () => {
        if (open) listener();
        open = false;
      };
      stream.on("end", close).on("close", close).on("error", close);
    },
  };
}
