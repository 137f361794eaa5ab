import { EPIPE, errnoName } from "@vimto/linux";
import { ReceiveWindow } from "@vimto/protocol/frames";
import type { Connection } from "../system/connection.ts";
import type { Channel } from "./channel.ts";

/** How many bytes of a stream may be on their way, or wait for a reader that has stopped. */
const WINDOW = 2 << 20;
/** How long to wait, after a failure, for a descriptor that takes nothing. */
const PATIENCE_MS = 1000;

/**
 * stdout or stderr: writes what comes from the guest to the host's descriptor, as fast as the descriptor takes
 * it.
 */
export class Output {
  readonly #stream: "stdout" | "stderr";
  readonly #channel: Channel;
  readonly #sink: Connection;
  readonly #window: ReceiveWindow;
  readonly #ended = Promise.withResolvers<void>();
  #over = false;

  constructor(stream: "stdout" | "stderr", channel: Channel, sink: Connection) {
    this.#stream = stream;
    this.#channel = channel;
    this.#sink = sink;
    this.#window = new ReceiveWindow(stream, WINDOW);
    sink.onDrain(() => this.#settle());
    sink.onClose(() => {
      // Before the end: nobody reads the host's descriptor any more, so the command gets SIGPIPE.
      if (!this.#over) channel.close(stream);
      this.#settle();
    });
  }

  /** Allows the guest to send. */
  open(): void {
    this.#channel.credit(this.#stream, this.#window.size);
  }

  /** Data came. Throws WireError when it was not allowed. */
  push(bytes: Uint8Array): void {
    this.#window.received(bytes.length);
    this.#sink.write(bytes);
    this.#settle();
  }

  /** The guest has sent everything. */
  end(): void {
    this.#over = true;
    this.#ended.resolve();
  }

  /** Resolves when the guest has sent everything and the host's descriptor has taken it. */
  async flushed(): Promise<void> {
    await this.#ended.promise;
    this.#sink.finish();
    await new Promise<void>((resolve) => this.#sink.onClose(resolve));
  }

  /** Why the host's descriptor did not take everything; undefined when its reader left. */
  get fault(): string | undefined {
    const errno = this.#sink.errno();
    return errno === 0 || errno === EPIPE ? undefined : errnoName(errno);
  }

  /**
   * No more data will come: writes what has come to the host's descriptor, as long as it takes some. A reader
   * that has stopped does not delay the end of a run that failed.
   */
  async abandon(): Promise<void> {
    this.end();
    let done = false;
    const flushed = this.flushed().then(() => {
      done = true;
    });
    for (let written = -1; !done && written !== this.#sink.written(); ) {
      written = this.#sink.written();
      await Promise.race([flushed, Bun.sleep(PATIENCE_MS)]);
    }
  }

  #settle(): void {
    const taken = this.#window.unread - this.#sink.queued;
    if (taken > 0) this.#channel.credit(this.#stream, this.#window.consumed(taken));
  }
}
