export { type Check, type Checks, vmChecks, vmChecksOn } from "./checks.ts";
export { MemoryGroup } from "./control-group.ts";
export { compare, type Expected } from "./expected.ts";
export { fileBattery } from "./file-operations.ts";
export { leftFiles, project } from "./files.ts";
export { goEnvironment } from "./go.ts";
export {
  anyKernel,
  cloudKernel,
  type KernelName,
  releaseOf,
  type TestKernel,
  testKernels,
} from "./kernels.ts";
export { PrivateMount } from "./mounts.ts";
export { base, emptyDirectory, executable, root, sharedCache } from "./place.ts";
export { killMarked, markedProcesses, peakMemory } from "./processes.ts";
export { Pty } from "./pty.ts";
export { StoppedReader, stoppingReader, throughReader } from "./reader.ts";
export { refused } from "./refused.ts";
export { parseSession, runSession, type Session, type SessionOptions } from "./session/index.ts";
export { needs, skip } from "./skip.ts";
export { type Start, type Started, startedBy, startIn } from "./start.ts";
export { Traces } from "./traces.ts";
export { until } from "./until.ts";
export { anotherUser, type User } from "./users.ts";
export { Running, type RunOptions, type RunResult, vimto } from "./vimto.ts";
export {
  bootAndCompare,
  commandLine,
  eachKernel,
  eachWay,
  type VmTest,
  vmTest,
  vmTestOn,
  type Way,
} from "./vm-test.ts";
