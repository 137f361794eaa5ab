export type { Compression } from "@vimto/codec";
export {
  embeddedConfig,
  has,
  type KernelConfig,
  mostCpus,
  parseConfig,
  parseConfigFile,
} from "./config/config.ts";
export { type Presence, presence } from "./config/strings.ts";
export { KernelError, type KernelErrorCode } from "./error.ts";
export {
  type Inspection,
  inspectKernel,
  type KernelFacts,
  kernelRelease,
  type OptionState,
  parseFacts,
  releaseInHeader,
} from "./facts.ts";
export { hostKernel, type InstalledKernel, installedKernels } from "./find/installed.ts";
export {
  decisiveFiles,
  type FindOptions,
  findKernel,
  type KernelFiles,
  kernelOfFile,
} from "./find/tree.ts";
export { compareReleases, nearest } from "./find/version.ts";
export type { KernelFormat } from "./image/identify.ts";
export { type Closure, type ClosureOptions, closure } from "./modules/closure.ts";
export { isBuildDirectory, modulesInPlace } from "./modules/in-place.ts";
export { type ModuleIndex, moduleIndex } from "./modules/index/build.ts";
export { type ModuleInfo, readModuleInfo } from "./modules/modinfo.ts";
export { type StaticNode, staticNodes } from "./modules/static-nodes.ts";
export { type Module, ModuleTree, readModule } from "./modules/tree.ts";
export {
  type Kernel,
  type Lack,
  networkRequirement,
  type Requirement,
  type RequirementState,
  requirements,
  virtiofsRequirement,
} from "./needs/assess.ts";
export { modulesToLoad } from "./needs/load.ts";
export { demandNetwork, demandUsable, networkObstacle, obstacles } from "./needs/sentences.ts";
export {
  SHARING_WAYS,
  type Sharing,
  type SharingWay,
  type SharingWish,
  sharingOf,
  waysOf,
} from "./needs/sharing.ts";
export type { Transport } from "./needs/table.ts";
