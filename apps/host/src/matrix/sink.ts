import type { Connection } from "../system/connection.ts";
import { writingTo } from "../system/pumps.ts";

/** How much may wait for a descriptor that takes nothing, before those that write have to wait. */
const MOST_QUEUED = 1 << 20;

/** How long to wait for a terminal that takes nothing (Ctrl-S). */
const SETTLE_MS = 500;

/** Where displays write. A display that writes much checks whether it is full. */
export type Output = Pick<Sink, "write" | "full" | "room">;

/** A descriptor of vimto that several runs write to, without blocking the thread that they share. */
export class Sink {
  readonly #connection: Connection;
  /** How much was given to it, modulo 2^32. */
  #given = 0;
  #waiting: (() => void)[] = [];

  private constructor(connection: Connection) {
    this.#connection = connection;
    const wake = () => {
      if (this.full) return;
      for (const resume of this.#waiting.splice(0)) resume();
    };
    connection.onDrain(wake);
    connection.onClose(wake);
  }

  static async to(fd: 1 | 2): Promise<Sink> {
    return new Sink(await writingTo(fd));
  }

  /** What comes after the reader has gone is dropped. */
  write(bytes: Uint8Array | string): void {
    const piece = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    this.#given = (this.#given + piece.length) >>> 0;
    this.#connection.write(piece);
  }

  /** Whether all that was written has left this process. */
  get idle(): boolean {
    return this.#connection.queued === 0;
  }

  get full(): boolean {
    return this.#connection.queued > MOST_QUEUED;
  }

  /** Resolves when there is room again. */
  async room(): Promise<void> {
    while (this.full) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when the descriptor has taken everything so far, or does not take it within a moment. */
  async settled(): Promise<void> {
    const end = performance.now() + SETTLE_MS;
    while (this.#connection.written() !== this.#given && performance.now() < end)
      await Bun.sleep(1);
  }

  /** Resolves when the descriptor has taken everything. */
  async end(): Promise<void> {
    this.#connection.finish();
    await new Promise<void>((resolve) => this.#connection.onClose(resolve));
  }
}
