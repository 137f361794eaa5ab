export {
  type AcceleratorChoice,
  type AcceleratorFacts,
  chooseAccelerator,
  type KvmDevice,
} from "./accelerator.ts";
export { type FactSources, readAcceleratorFacts } from "./accelerator-facts.ts";
export {
  type Accelerator,
  architectureTable,
  type MachineType,
} from "./architecture.ts";
export {
  type BinaryIdentity,
  type BinarySearch,
  findBinary,
  identityKey,
  queryVersion,
  readIdentity,
  requireVersion,
} from "./binary.ts";
export type { Board, MemoryFile } from "./board.ts";
export { type Boot, commandLine, type Machine } from "./command-line.ts";
export type { ConsoleEnding, ConsoleEndingCode } from "./console/ending.ts";
export type { OomKill, Task } from "./console/kernel-line.ts";
export { type ConsoleLimits, ConsoleLog } from "./console/log.ts";
export { ConsoleText } from "./console/text.ts";
export { ConsoleWatcher, classifyConsole } from "./console/watcher.ts";
export type { Device } from "./device.ts";
export { QemuError, type QemuErrorCode } from "./error.ts";
export { gdb } from "./extras.ts";
export { kernelArguments } from "./kernel-arguments.ts";
export { kernelArgumentNames, mergeKernelArguments } from "./kernel-command-line.ts";
export { type OptionPart, option, optionValue } from "./option.ts";
export { channelName } from "./ports.ts";
export { Qmp } from "./qmp/client.ts";
export {
  pause,
  pressPowerButton,
  queryStatus,
  quit,
  type RunStatus,
  resume,
} from "./qmp/commands.ts";
export type { Fields, QmpEvent } from "./qmp/message.ts";
export {
  loadState,
  loadUri,
  type MigrationStatus,
  queryMigrate,
  savedMarker,
  saveState,
  saveUri,
  setMigrationCapabilities,
} from "./qmp/migration.ts";
export { streamTransport, type Transport } from "./qmp/transport.ts";
export { type Share, shares } from "./share.ts";
export { shareLimit } from "./slots.ts";
export { classifyStderr, type QemuFailure, type QemuFailureCode } from "./stderr.ts";
export { formatVersion, isAtLeast, minimumVersion, parseVersion, type Version } from "./version.ts";
