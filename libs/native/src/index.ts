export { emit, emitCode } from "./emit.ts";
export {
  type Address,
  at,
  Builder,
  type Program,
  programOf,
  type Value,
  type Variable,
} from "./program.ts";
export { clock, EINTR, RELAY, readAll, tell, writeAll } from "./programs/common.ts";
export { interpret, makeRoomForScripts } from "./programs/interpret.ts";
export { KEEP_CORE, keepCore } from "./programs/keep-core.ts";
export { launch, superviseLaunch, waitFor } from "./programs/launch.ts";
export { pump } from "./programs/pump.ts";
export { relayFeed } from "./programs/relay-feed.ts";
export { relayIn } from "./programs/relay-in.ts";
export { RELAY_OUT, relayOut } from "./programs/relay-out.ts";
export { tether } from "./programs/tether.ts";
export { FRAME, ORDER, RECORD } from "./records.ts";
export { KEPT, PREVIOUS, Script } from "./script.ts";
export { SCRIPT_HEADER } from "./script-format.ts";
export type { Architecture } from "./syscalls.ts";
