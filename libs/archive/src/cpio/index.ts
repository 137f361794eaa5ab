export type { CpioEntry, HostFile } from "./cpio-entry.ts";
export { CpioError, type CpioErrorCode } from "./cpio-error.ts";
export { type Layout, layout, type Segment } from "./cpio-layout.ts";
export { writeCpio, writeLayout } from "./cpio-write.ts";
