import { WireError } from "./error.ts";
import { type GuestEvent, parseEvent } from "./events.ts";
import {
  aFrame,
  HEADER_LENGTH,
  type Header,
  readHeader,
  type Stream,
  type WindowedStream,
} from "./header.ts";
import { type Order, parseOrder } from "./orders.ts";
import { quoted } from "./quoted.ts";

/** What comes out of the decoder. `json` is parsed and unchecked: messages.ts says what it is. */
export type Frame =
  | { readonly kind: "control"; readonly json: unknown }
  | { readonly kind: "data"; readonly stream: Stream; readonly bytes: Uint8Array }
  | { readonly kind: "eof"; readonly stream: WindowedStream }
  | { readonly kind: "credit"; readonly stream: WindowedStream; readonly bytes: number }
  | { readonly kind: "close"; readonly stream: WindowedStream }
  | { readonly kind: "event"; readonly event: GuestEvent }
  | { readonly kind: "order"; readonly order: Order };

export type DecoderOptions = {
  /**
   * `whole` (default): one Frame for each data frame; a payload that is cut is gathered.
   * `pieces`: what a chunk holds of a data payload is a Frame at once, so one data frame may
   * become several, in order; nothing is ever gathered and no payload byte is copied.
   */
  readonly data?: "whole" | "pieces";
};

/**
 * Cuts the bytes of the channel into frames; does no I/O.
 *
 * Aliasing: the `bytes` of a data Frame are a view of the chunk that was pushed, unless the payload was
 * gathered. A caller that reuses the chunk's memory must finish with the Frames, or copy them, first.
 *
 * Memory: between two pushes it keeps one header or one payload, never more than
 * MAX_DATA_LENGTH + HEADER_LENGTH bytes whatever the other end sends.
 */
export class Decoder {
  readonly #pieces: boolean;
  readonly #start = new Uint8Array(HEADER_LENGTH);
  #startLength = 0;
  #header: Header | undefined;
  /** Payload bytes of #header that have come, and where they are gathered, if they are. */
  #come = 0;
  #gathered: Uint8Array | undefined;
  #fault: WireError | undefined;

  constructor(options: DecoderOptions = {}) {
    this.#pieces = options.data === "pieces";
  }

  /** Bytes kept since the last push, memory set aside for the rest of a payload included. */
  get held(): number {
    return this.#startLength + (this.#gathered?.length ?? 0);
  }

  /**
   * The first thing that was wrong with the bytes. A push that found good frames before the fault returns them,
   * so that no frame is lost however the bytes are cut; the next push or end throws the fault.
   */
  get fault(): WireError | undefined {
    return this.#fault;
  }

  /** The frames that this chunk completes. Throws WireError; after that nothing more is decoded. */
  push(chunk: Uint8Array): Frame[] {
    if (this.#fault !== undefined) throw this.#fault;
    const frames: Frame[] = [];
    try {
      this.#read(chunk, frames);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#fault = error;
      this.#gathered = undefined;
      this.#startLength = 0;
      if (frames.length === 0) throw error;
    }
    return frames;
  }

  /** The channel has ended. Throws WireError `truncated` when that was inside a frame. */
  end(): void {
    if (this.#fault !== undefined) throw this.#fault;
    if (this.#header !== undefined) {
      const { kind, stream, length } = this.#header;
      const where = stream === undefined ? aFrame(kind) : `${aFrame(kind)} on ${stream}`;
      throw new WireError(
        "truncated",
        `the channel ended inside ${where}: ${this.#come} of ${length} bytes had come`,
      );
    }
    if (this.#startLength > 0) {
      throw new WireError(
        "truncated",
        `the channel ended inside a frame header: ${this.#startLength} of ${HEADER_LENGTH} bytes had come`,
      );
    }
  }

  #read(chunk: Uint8Array, frames: Frame[]): void {
    let at = 0;
    while (at < chunk.length) {
      at += this.#header
        ? this.#takePayload(this.#header, chunk, at, frames)
        : this.#takeHeader(chunk, at, frames);
    }
  }

  /** Returns how many bytes of the chunk it used. */
  #takeHeader(chunk: Uint8Array, at: number, frames: Frame[]): number {
    const wanted = HEADER_LENGTH - this.#startLength;
    let header: Header;
    if (wanted === HEADER_LENGTH && chunk.length - at >= HEADER_LENGTH) {
      header = readHeader(chunk, at);
    } else {
      const part = chunk.subarray(at, at + wanted);
      this.#start.set(part, this.#startLength);
      this.#startLength += part.length;
      if (part.length < wanted) return part.length;
      this.#startLength = 0;
      header = readHeader(this.#start, 0);
    }
    if (header.kind === "eof" || header.kind === "close") {
      frames.push({ kind: header.kind, stream: header.stream });
    } else {
      this.#header = header;
      this.#come = 0;
    }
    return wanted;
  }

  /** Returns how many bytes of the chunk it used. */
  #takePayload(header: Header, chunk: Uint8Array, at: number, frames: Frame[]): number {
    const part = chunk.subarray(at, at + header.length - this.#come);
    const complete = this.#come + part.length === header.length;
    if (header.kind === "data" && this.#pieces) {
      frames.push({ kind: "data", stream: header.stream, bytes: part });
    } else if (part.length === header.length) {
      frames.push(frameOf(header, part));
    } else {
      this.#gathered ??= new Uint8Array(header.length);
      this.#gathered.set(part, this.#come);
      if (complete) frames.push(frameOf(header, this.#gathered));
    }
    this.#come += part.length;
    if (complete) {
      this.#header = undefined;
      this.#gathered = undefined;
    }
    return part.length;
  }
}

function frameOf(header: Header, payload: Uint8Array): Frame {
  switch (header.kind) {
    case "control":
      return { kind: "control", json: parseJson(payload) };
    case "event":
      return { kind: "event", event: parseEvent(payload) };
    case "order":
      return { kind: "order", order: parseOrder(payload) };
    case "data":
      return { kind: "data", stream: header.stream, bytes: payload };
    case "credit": {
      const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
      return { kind: "credit", stream: header.stream, bytes: view.getUint32(0, true) };
    }
    case "eof":
    case "close":
      return { kind: header.kind, stream: header.stream };
  }
}

function parseJson(payload: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload);
  } catch (cause) {
    throw new WireError("json", `a control frame of ${payload.length} bytes is not UTF-8`, {
      cause,
    });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new WireError(
      "json",
      `a control frame of ${payload.length} bytes is not JSON: it starts with ${quoted(text)}`,
      { cause },
    );
  }
}
