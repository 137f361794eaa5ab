import {
  EVENT_LENGTH,
  eventKinds,
  frameTypes,
  HEADER_LENGTH,
  ORDER_LENGTH,
  orderKinds,
  streamNumbers,
} from "@vimto/protocol/frames";

/** Frames of the channel by their numbers (docs/wire.md). */
export const FRAME = { header: HEADER_LENGTH, ...frameTypes } as const;
export const STREAM = streamNumbers;
/** What the host tells `serve`, with the fields of a record. */
export const ORDER = { size: ORDER_LENGTH, ...orderKinds } as const;

/**
 * What the processes of guest init tell relay-out, each a record of 16 bytes (less than PIPE_BUF, so that
 * pipe(7) keeps it whole): u32 kind, u32 a, u64 b. The kinds from `event` on are events of the protocol:
 * relay-out sends them to the host as they are.
 */
export const RECORD = {
  size: EVENT_LENGTH,
  /** Stream `a` may send `b` bytes more. */
  grant: 1,
  /** Of stream `a`, `b` bytes went to the command. */
  consumed: 2,
  /** The host wants no more of stream `a`. */
  closed: 3,
  /** The command reads no more of stream `a`. */
  feedEnded: 4,
  /** End the streams as soon as their pipes are empty. */
  drain: 5,
  /** The streams go on when the command has ended. */
  hold: 6,
  event: 16,
  ...eventKinds,
} as const;
