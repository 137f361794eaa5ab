export type { Mirrors } from "./archives/archives.ts";
export { type HostApt, readHostApt } from "./archives/host-apt.ts";
export { AptError, type AptErrorCode } from "./errors.ts";
export {
  type FetchedKernel,
  type FetchOptions,
  type FetchPolicy,
  fetchKernel,
} from "./fetch/fetch-kernel.ts";
export { type ListedKernel, type ListOptions, listKernels } from "./fetch/list.ts";
export { DEFAULT_LIMITS, type Limits } from "./limits.ts";
export type { DebArchitecture, Distribution } from "./names/distributions.ts";
export { formatKernelName, type KernelName, parseKernelName } from "./names/kernel-name.ts";
export type { ArchiveOptions } from "./options.ts";
