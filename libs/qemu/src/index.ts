export { type AcceleratorFacts, chooseAccelerator } from "./accelerator.ts";
export { readAcceleratorFacts } from "./accelerator-facts.ts";
export type { Accelerator } from "./architecture.ts";
export {
  type BinaryIdentity,
  findBinary,
  hasUserNetwork,
  identityKey,
  queryVersion,
  readIdentity,
  requireVersion,
} from "./binary.ts";
export { commandLine } from "./command-line.ts";
export { ConsoleLog } from "./console/log.ts";
export { ConsoleWatcher } from "./console/watcher.ts";
export type { Device } from "./device.ts";
export { QemuError } from "./error.ts";
export { gdb } from "./extras.ts";
export { hasFault } from "./faults.ts";
export { type Forward, listening, userNetwork } from "./network.ts";
export { Qmp } from "./qmp/client.ts";
export { pause, queryStatus, resume } from "./qmp/commands.ts";
export { loadState, loadUri, savedMarker, saveState, saveUri } from "./qmp/migration.ts";
export { type SharePlace, shares } from "./share.ts";
export { type PciAddress, shareAddress } from "./slots.ts";
export { classifyStderr } from "./stderr.ts";
export { formatVersion, isAtLeast, parseVersion, type Version } from "./version.ts";
export {
  type FileServerDevice,
  fileServer,
  fileServerSocket,
  plugFileServers,
  plugLimit,
  plugPorts,
} from "./virtiofs.ts";
