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
