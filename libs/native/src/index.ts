export { STAGE0_CLOCK } from "./clock.ts";
export { type Executable, emit, emitCode } from "./emit.ts";
export type { Address, Program } from "./program.ts";
export { RELAY } from "./programs/common.ts";
export { KEEP_CORE, keepCore } from "./programs/keepCore.ts";
export {
  CALL_SIZE,
  LAUNCH,
  LAUNCH_FAILED,
  launch,
  ON_FAILURE,
  PSEUDO,
  SCRIPT_LIMIT,
} from "./programs/launch.ts";
export { pump } from "./programs/pump.ts";
export { RELAY_FEED, relayFeed } from "./programs/relayFeed.ts";
export { RELAY_IN, relayIn } from "./programs/relayIn.ts";
export { RELAY_OUT, relayOut } from "./programs/relayOut.ts";
export {
  STAGE0_ENDED,
  STAGE0_NOT_STARTED,
  type Stage0,
  stage0,
} from "./programs/stage0.ts";
export { TETHER_PARENT_GONE, tether } from "./programs/tether.ts";
export { FRAME, RECORD, STREAM } from "./records.ts";
export { type Argument, PREVIOUS, Script } from "./script.ts";
export { type Architecture, type SyscallName, syscalls } from "./syscalls.ts";
