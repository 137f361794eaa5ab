import { WireError } from "./error.ts";

/** Every frame starts with these 8 bytes: u32 length, u8 type, u8 stream, u16 zero; little-endian. */
export const HEADER_LENGTH = 8;

/** The most bytes that one data frame carries. */
export const MAX_DATA_LENGTH = 1024 * 1024;

/** The most bytes that the JSON of one control frame takes. */
export const MAX_CONTROL_LENGTH = 64 * 1024;

/** Bytes in the payload of a credit frame: one u32. */
export const CREDIT_LENGTH = 4;

/** Bytes in the payload of an event frame: u32 kind, u32 a, u64 b. */
export const EVENT_LENGTH = 16;

/** Bytes in the payload of an order frame: u32 kind, u32 a, i64 b. */
export const ORDER_LENGTH = 16;

/**
 * Bytes of stdin that the host may send before any credit. It is half of the pipe that they wait in: a
 * write of any size below PIPE_BUF then finds room, however badly the bytes fill the pipe's pages.
 */
export const STDIN_WINDOW = 1 << 19;

/** The byte that says what a frame is. */
export const frameTypes = {
  control: 1,
  data: 2,
  eof: 3,
  credit: 4,
  close: 5,
  event: 6,
  order: 7,
} as const;

/** The byte that says which stream a frame belongs to; control and event frames have 0 there. */
export const streamNumbers = {
  stdin: 1,
  stdout: 2,
  stderr: 3,
  tty: 4,
  script: 5,
  hook: 6,
} as const;

export type FrameKind = keyof typeof frameTypes;
export type Stream = keyof typeof streamNumbers;
/** A stream with windows and ends. Scripts have neither: their reader always reads, and knows the length. */
export type WindowedStream = Exclude<Stream, "script" | "hook">;

/** A header that passed every check. `stream` is undefined for frames without a stream. */
export type Header =
  | {
      readonly kind: "control" | "event" | "order";
      readonly stream: undefined;
      readonly length: number;
    }
  | { readonly kind: "data"; readonly stream: Stream; readonly length: number }
  | {
      readonly kind: "eof" | "credit" | "close";
      readonly stream: WindowedStream;
      readonly length: number;
    };

const kindOf = new Map<number, FrameKind>([
  [frameTypes.control, "control"],
  [frameTypes.data, "data"],
  [frameTypes.eof, "eof"],
  [frameTypes.credit, "credit"],
  [frameTypes.close, "close"],
  [frameTypes.event, "event"],
  [frameTypes.order, "order"],
]);

const streamOf = new Map<number, Stream>([
  [streamNumbers.stdin, "stdin"],
  [streamNumbers.stdout, "stdout"],
  [streamNumbers.stderr, "stderr"],
  [streamNumbers.tty, "tty"],
  [streamNumbers.script, "script"],
  [streamNumbers.hook, "hook"],
]);

/** Shortest and longest payload of each kind of frame, in bytes. */
export const payloadLimits: Readonly<Record<FrameKind, { min: number; max: number }>> = {
  control: { min: 1, max: MAX_CONTROL_LENGTH },
  data: { min: 1, max: MAX_DATA_LENGTH },
  eof: { min: 0, max: 0 },
  credit: { min: CREDIT_LENGTH, max: CREDIT_LENGTH },
  close: { min: 0, max: 0 },
  event: { min: EVENT_LENGTH, max: EVENT_LENGTH },
  order: { min: ORDER_LENGTH, max: ORDER_LENGTH },
};

/** "a data frame", "an eof frame": for sentences. */
export const aFrame = (kind: FrameKind): string =>
  `${/^[eo]/.test(kind) ? "an" : "a"} ${kind} frame`;

/** Throws WireError `length` unless a frame of this kind may carry so many bytes. */
function checkLength(kind: FrameKind, length: number): void {
  const { min, max } = payloadLimits[kind];
  if (length >= min && length <= max && Number.isInteger(length)) return;
  const allowed = min === max ? `exactly ${min}` : `${min} to ${max}`;
  throw new WireError(
    "length",
    `${aFrame(kind)} of ${length} bytes is not allowed: it has ${allowed}`,
  );
}

/**
 * Reads the 8 bytes at `at`; the caller has made sure that they are there.
 * Throws WireError `type`, `reserved`, `stream` or `length`; nothing was allocated by then.
 */
export function readHeader(bytes: Uint8Array, at: number): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEADER_LENGTH);
  const type = view.getUint8(4);
  const kind = kindOf.get(type);
  if (kind === undefined) throw new WireError("type", `frame type ${type} is unknown`);
  const reserved = view.getUint16(6, true);
  if (reserved !== 0) {
    throw new WireError(
      "reserved",
      `${aFrame(kind)} has ${reserved} in its reserved bytes instead of 0`,
    );
  }
  const number = view.getUint8(5);
  const length = view.getUint32(0, true);
  if (kind === "control" || kind === "event" || kind === "order") {
    if (number !== 0) {
      throw new WireError("stream", `${aFrame(kind)} has stream ${number} instead of 0`);
    }
    checkLength(kind, length);
    return { kind, stream: undefined, length };
  }
  const stream = streamOf.get(number);
  if (stream === undefined) {
    throw new WireError("stream", `${aFrame(kind)} has the unknown stream ${number}`);
  }
  checkLength(kind, length);
  if (kind === "data") return { kind, stream, length };
  if (stream === "script" || stream === "hook") {
    throw new WireError("stream", `${aFrame(kind)} on ${stream} is not allowed: it has data alone`);
  }
  return { kind, stream, length };
}

/** Writes a header to the first 8 bytes of `target`. Throws WireError `length`. */
export function writeHeader(
  target: Uint8Array,
  kind: FrameKind,
  stream: Stream | undefined,
  length: number,
): void {
  checkLength(kind, length);
  const view = new DataView(target.buffer, target.byteOffset, HEADER_LENGTH);
  view.setUint32(0, length, true);
  view.setUint8(4, frameTypes[kind]);
  view.setUint8(5, stream === undefined ? 0 : streamNumbers[stream]);
  view.setUint16(6, 0, true);
}
