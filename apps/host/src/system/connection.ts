declare module "bun" {
  /** Bun takes a connected descriptor too; its types only have the options for it. */
  function connect<Data = undefined>(options: FdSocketOptions<Data>): Promise<Socket<Data>>;
}

/** The part of Bun's sockets that vimto uses. */
type RawSocket = {
  write(bytes: Uint8Array): number;
  pause(): void;
  resume(): void;
  shutdown(): void;
  end(): void;
};

/**
 * A stream socket as two callbacks and a queue. What the socket does not take at once waits here; a
 * caller that writes much watches `queued`. Data that comes before `onData` is set is kept.
 */
export class Connection {
  #socket: RawSocket | undefined;
  readonly #queue: Uint8Array[] = [];
  #queued = 0;
  #paused = false;
  #closed = false;
  #ending = false;
  #early: Uint8Array[] = [];
  #data: ((bytes: Uint8Array) => void) | undefined;
  /** The errno with which a thread behind the other end failed; 0 if it did not fail. */
  errno: () => number = () => 0;
  /** How many bytes the thread behind the other end has passed on, modulo 2^32. */
  written: () => number = () => 0;
  readonly #closers: (() => void)[] = [];
  readonly #drainers: (() => void)[] = [];

  /** Takes over the socket `fd`, which must be connected. */
  static async adopt(fd: number): Promise<Connection> {
    const connection = new Connection();
    await Bun.connect({
      fd,
      socket: {
        open: (socket) => {
          connection.#socket = socket;
        },
        data: (_, bytes) => connection.#receive(bytes),
        drain: () => connection.#drain(),
        end: () => connection.#close(),
        close: () => connection.#close(),
        error: () => connection.#close(),
      },
    });
    return connection;
  }

  /** Bytes that wait to be sent. */
  get queued(): number {
    return this.#queued;
  }

  get closed(): boolean {
    return this.#closed;
  }

  write(bytes: Uint8Array): void {
    if (this.#closed || bytes.length === 0) return;
    const sent = this.#queued === 0 ? this.#send(bytes) : 0;
    if (sent === bytes.length) return;
    // Copied, since the caller may use its memory again.
    this.#queue.push(bytes.slice(sent));
    this.#queued += bytes.length - sent;
  }

  /** Ends the writing side when everything is sent. */
  finish(): void {
    this.#ending = true;
    if (this.#queued === 0 && !this.#closed) this.#socket?.shutdown();
  }

  /** Ends both sides at once. */
  close(): void {
    if (this.#closed) return;
    this.#socket?.end();
    this.#close();
  }

  /** Reads no more until `resume`. */
  pause(): void {
    if (!this.#paused) this.#socket?.pause();
    this.#paused = true;
  }

  resume(): void {
    if (this.#paused) this.#socket?.resume();
    this.#paused = false;
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#data = listener;
    const early = this.#early;
    this.#early = [];
    for (const bytes of early) listener(bytes);
  }

  /** Called when the other end is gone, at once if it already is. */
  onClose(listener: () => void): void {
    if (this.#closed) listener();
    else this.#closers.push(listener);
  }

  /** Called when the queue has become shorter. */
  onDrain(listener: () => void): void {
    this.#drainers.push(listener);
  }

  #receive(bytes: Uint8Array): void {
    if (this.#data) this.#data(bytes);
    else this.#early.push(bytes.slice());
  }

  #send(bytes: Uint8Array): number {
    const sent = this.#socket?.write(bytes) ?? 0;
    return Math.max(sent, 0);
  }

  #drain(): void {
    while (this.#queue.length > 0) {
      const [first = new Uint8Array()] = this.#queue;
      const sent = this.#send(first);
      this.#queued -= sent;
      if (sent < first.length) {
        this.#queue[0] = first.subarray(sent);
        break;
      }
      this.#queue.shift();
    }
    if (this.#queued === 0 && this.#ending && !this.#closed) this.#socket?.shutdown();
    for (const listener of this.#drainers) listener();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue.length = 0;
    this.#queued = 0;
    for (const listener of this.#closers) listener();
  }
}
