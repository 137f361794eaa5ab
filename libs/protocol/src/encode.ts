import { eventFields, type GuestEvent } from "./events.ts";
import {
  CREDIT_LENGTH,
  EVENT_LENGTH,
  HEADER_LENGTH,
  ORDER_LENGTH,
  type Stream,
  type WindowedStream,
  writeHeader,
} from "./header.ts";
import type { Hello } from "./messages.ts";
import { type Order, orderFields } from "./orders.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * One control frame. Only tests and a stand-in for the guest need it. Throws WireError `length` when the
 * JSON is longer than MAX_CONTROL_LENGTH.
 */
export function encodeControl(message: Hello): Bytes {
  const json = new TextEncoder().encode(JSON.stringify(message));
  const frame = new Uint8Array(HEADER_LENGTH + json.length);
  writeHeader(frame, "control", undefined, json.length);
  frame.set(json, HEADER_LENGTH);
  return frame;
}

/**
 * The header alone, for a writer that moves the payload some other way (splice, writev): exactly
 * `length` bytes of payload must follow it. Throws WireError `length` outside 1..MAX_DATA_LENGTH.
 */
export function dataHeader(stream: Stream, length: number): Bytes {
  const header = new Uint8Array(HEADER_LENGTH);
  writeHeader(header, "data", stream, length);
  return header;
}

/** One data frame with a copy of `payload`: 1..MAX_DATA_LENGTH bytes, else WireError `length`. */
export function encodeData(stream: Stream, payload: Uint8Array): Bytes {
  const header = dataHeader(stream, payload.length);
  const frame = new Uint8Array(HEADER_LENGTH + payload.length);
  frame.set(header);
  frame.set(payload, HEADER_LENGTH);
  return frame;
}

/** The writer of `stream` is done. */
export function encodeEof(stream: WindowedStream): Bytes {
  const frame = new Uint8Array(HEADER_LENGTH);
  writeHeader(frame, "eof", stream, 0);
  return frame;
}

/** The reader of `stream` allows `bytes` more: 1..0xffffffff, else RangeError. */
export function encodeCredit(stream: WindowedStream, bytes: number): Bytes {
  if (!Number.isInteger(bytes) || bytes < 1 || bytes > 0xffff_ffff) {
    throw new RangeError(`a credit of ${bytes} bytes does not fit a credit frame: 1 to 4294967295`);
  }
  const frame = new Uint8Array(HEADER_LENGTH + CREDIT_LENGTH);
  writeHeader(frame, "credit", stream, CREDIT_LENGTH);
  new DataView(frame.buffer).setUint32(HEADER_LENGTH, bytes, true);
  return frame;
}

/** The reader of `stream` wants no more: the writer should see EPIPE. */
export function encodeClose(stream: WindowedStream): Bytes {
  const frame = new Uint8Array(HEADER_LENGTH);
  writeHeader(frame, "close", stream, 0);
  return frame;
}

/** One event. Only tests and a stand-in for the guest need it: the guest's own are made by apps/init. */
export function encodeEvent(event: GuestEvent): Bytes {
  return record("event", EVENT_LENGTH, eventFields(event));
}

/** One order to guest init. */
export function encodeOrder(order: Order): Bytes {
  return record("order", ORDER_LENGTH, orderFields(order));
}

function record(
  kind: "event" | "order",
  length: number,
  { number, a, b }: { readonly number: number; readonly a: number; readonly b: bigint },
): Bytes {
  const frame = new Uint8Array(HEADER_LENGTH + length);
  writeHeader(frame, kind, undefined, length);
  const view = new DataView(frame.buffer, HEADER_LENGTH);
  view.setUint32(0, number, true);
  view.setUint32(4, a, true);
  view.setBigUint64(8, BigInt.asUintN(64, b), true);
  return frame;
}
