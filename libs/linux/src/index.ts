export { type Architecture, architectures, ownArchitecture } from "./architecture.ts";
export { basename, dirname, join, onDisk, realPath, resolve } from "./byte-path.ts";
export { bytesOfText, textOfBytes } from "./byte-text.ts";
export * from "./constants.ts";
export { errnoName, errorCode, writeProblem } from "./errno.ts";
export { homeDirectory } from "./home.ts";
export { type SyscallName, syscalls } from "./syscalls.ts";
