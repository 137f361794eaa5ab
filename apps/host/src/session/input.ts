import { SendWindow, STDIN_WINDOW } from "@vimto/protocol/frames";
import type { Connection } from "../system/connection.ts";
import type { Channel } from "./channel.ts";

/** stdin: passes on to the guest what the host's descriptor has, as far as the guest's window allows. */
export class Input {
  readonly #channel: Channel;
  readonly #open: () => Promise<Connection>;
  readonly #typed: (bytes: Uint8Array) => Uint8Array;
  readonly #onEnd: () => boolean;
  #source: Connection | undefined;
  readonly #window = new SendWindow("stdin");
  #held: Uint8Array[] = [];
  #ended = false;
  #closed = false;

  /**
   * `open` begins to read the host's descriptor; `typed` removes what is not for the command; `onEnd` is called when
   * there is no more to read, and returns whether the command learns of the end in another way.
   */
  constructor(
    channel: Channel,
    open: () => Promise<Connection>,
    typed = (bytes: Uint8Array): Uint8Array => bytes,
    onEnd = () => false,
  ) {
    this.#channel = channel;
    this.#open = open;
    this.#typed = typed;
    this.#onEnd = onEnd;
    this.#window.grant(STDIN_WINDOW);
  }

  /** Begins to read stdin, which is untouched before. */
  async start(): Promise<void> {
    if (this.#closed) return;
    const source = await this.#open();
    this.#source = source;
    source.onData((bytes) => {
      const typed = this.#typed(bytes);
      if (typed.length > 0) this.#held.push(typed.slice());
      this.#pass();
    });
    source.onClose(() => {
      if (this.#closed) return;
      if (this.#onEnd()) return;
      this.#ended = true;
      this.#pass();
    });
  }

  /** The guest has taken `bytes` more. Throws WireError for an impossible credit. */
  credit(bytes: number): void {
    this.#window.grant(bytes);
    this.#pass();
  }

  /** The command reads no more. */
  close(): void {
    this.#closed = true;
    this.#held = [];
    this.#source?.close();
  }

  #pass(): void {
    if (this.#closed) return;
    while (this.#held.length > 0 && this.#window.available > 0) {
      const [first = new Uint8Array()] = this.#held;
      const piece = first.subarray(0, this.#window.available);
      this.#window.take(piece.length);
      this.#channel.data("stdin", piece);
      if (piece.length < first.length) this.#held[0] = first.subarray(piece.length);
      else this.#held.shift();
    }
    if (this.#held.length > 0) this.#source?.pause();
    else if (this.#ended) {
      this.#closed = true;
      this.#channel.eof("stdin");
    } else this.#source?.resume();
  }
}
