// The half of the package without messages: nothing in here reaches zod (entries.test.ts checks).
export * from "./credit.ts";
export * from "./decode.ts";
export * from "./encode.ts";
export * from "./error.ts";
export { type End, eventKinds, type GuestEvent } from "./events.ts";
export {
  aFrame,
  CREDIT_LENGTH,
  EVENT_LENGTH,
  type FrameKind,
  frameTypes,
  HEADER_LENGTH,
  MAX_CONTROL_LENGTH,
  MAX_DATA_LENGTH,
  ORDER_LENGTH,
  STDIN_WINDOW,
  type Stream,
  streamNumbers,
  type WindowedStream,
} from "./header.ts";
export * from "./moments.ts";
export { type Order, orderKinds } from "./orders.ts";
export * from "./version.ts";
