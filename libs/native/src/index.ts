export { type Executable, emit, emitCode } from "./emit.ts";
export {
  type Address,
  at,
  Builder,
  type Program,
  programOf,
  type Value,
  type Variable,
} from "./program.ts";
export { EINTR, RELAY, readAll, tell, writeAll } from "./programs/common.ts";
export { clock, interpret, makeRoomForScripts } from "./programs/interpret.ts";
export { KEEP_CORE, keepCore } from "./programs/keepCore.ts";
export { LAUNCH, LAUNCH_FAILED, launch, superviseLaunch, waitFor } from "./programs/launch.ts";
export { pump } from "./programs/pump.ts";
export { RELAY_FEED, relayFeed } from "./programs/relayFeed.ts";
export { RELAY_IN, relayIn } from "./programs/relayIn.ts";
export { RELAY_OUT, relayOut } from "./programs/relayOut.ts";
export { TETHER_PARENT_GONE, tether } from "./programs/tether.ts";
export { FRAME, ORDER, RECORD, STREAM } from "./records.ts";
export { type Argument, KEPT, PREVIOUS, Script } from "./script.ts";
export { SCRIPT_LIMIT } from "./script-format.ts";
export { type Architecture, type SyscallName, syscalls } from "./syscalls.ts";
