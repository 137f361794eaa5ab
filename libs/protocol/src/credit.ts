import { WireError } from "./error.ts";
import type { WindowedStream } from "./header.ts";

/**
 * The most bytes that may be outstanding on one stream in one direction. A reader that grants more
 * is broken: 1 GiB is a thousand times what either end buffers.
 */
export const MAX_WINDOW = 1024 * 1024 * 1024;

/** The writer's side of one stream: how much the reader still allows. Starts at nothing. */
export class SendWindow {
  readonly #stream: WindowedStream;
  #available = 0;

  constructor(stream: WindowedStream) {
    this.#stream = stream;
  }

  /** Bytes of data payload that may be sent now. */
  get available(): number {
    return this.#available;
  }

  /** Uses up `bytes` that are about to be sent. Asking for more than is available is a RangeError. */
  take(bytes: number): void {
    if (!Number.isInteger(bytes) || bytes < 0 || bytes > this.#available) {
      throw new RangeError(
        `cannot send ${bytes} bytes on ${this.#stream}: the other end allows ${this.#available}`,
      );
    }
    this.#available -= bytes;
  }

  /** A credit frame came. Throws WireError `credit` for 0 bytes or a window above MAX_WINDOW. */
  grant(bytes: number): void {
    if (!(bytes > 0)) {
      throw new WireError("credit", `a credit of ${bytes} bytes on ${this.#stream} is not allowed`);
    }
    const sum = this.#available + bytes;
    if (sum > MAX_WINDOW) {
      throw new WireError(
        "credit",
        `a credit of ${bytes} bytes opens the window of ${this.#stream} to ${sum}: at most ${MAX_WINDOW}`,
      );
    }
    this.#available = sum;
  }
}

/**
 * The reader's side of one stream. The reader first sends a credit of `size` bytes, then what
 * `consumed` says; so the data it must be ready to buffer never exceeds `size`.
 */
export class ReceiveWindow {
  /** Bytes of the first credit, and the most that can be on the way or unread at any time. */
  readonly size: number;
  readonly #stream: WindowedStream;
  /** Bytes the other end may still send. */
  #allowed: number;
  /** Bytes that came and were not yet consumed. */
  #unread = 0;
  /** Bytes consumed since the last grant. */
  #owed = 0;

  /** `size` is in bytes: 1..MAX_WINDOW, else RangeError. */
  constructor(stream: WindowedStream, size: number) {
    if (!Number.isInteger(size) || size < 1 || size > MAX_WINDOW) {
      throw new RangeError(`a window of ${size} bytes on ${stream} is not 1 to ${MAX_WINDOW}`);
    }
    this.#stream = stream;
    this.size = size;
    this.#allowed = size;
  }

  /** Bytes that came and are not consumed yet. */
  get unread(): number {
    return this.#unread;
  }

  /** Data came. Throws WireError `credit` when the other end was not allowed to send so much. */
  received(bytes: number): void {
    if (bytes > this.#allowed) {
      throw new WireError(
        "credit",
        `${bytes} bytes came on ${this.#stream} where ${this.#allowed} were allowed`,
      );
    }
    this.#allowed -= bytes;
    this.#unread += bytes;
  }

  /**
   * The reader is done with `bytes` of what came. Returns the credit to send now: 0 until a quarter
   * of the window has gathered, so that small reads do not cost a frame each.
   */
  consumed(bytes: number): number {
    if (!Number.isInteger(bytes) || bytes < 0 || bytes > this.#unread) {
      throw new RangeError(
        `cannot consume ${bytes} bytes of ${this.#stream}: ${this.#unread} are unread`,
      );
    }
    this.#unread -= bytes;
    this.#owed += bytes;
    if (this.#owed * 4 < this.size) return 0;
    const grant = this.#owed;
    this.#owed = 0;
    this.#allowed += grant;
    return grant;
  }
}
