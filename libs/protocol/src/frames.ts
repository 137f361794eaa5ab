// The half of the package that guest init imports: every import is paid for at each boot, so
// nothing in here may reach zod (entries.test.ts checks).
export * from "./credit.ts";
export * from "./decode.ts";
export * from "./encode.ts";
export * from "./error.ts";
export { eventKinds, type GuestEvent } from "./events.ts";
export {
  CREDIT_LENGTH,
  EVENT_LENGTH,
  type FrameKind,
  frameTypes,
  HEADER_LENGTH,
  MAX_CONTROL_LENGTH,
  MAX_DATA_LENGTH,
  type Stream,
  streamNumbers,
  type WindowedStream,
} from "./header.ts";
export * from "./version.ts";
