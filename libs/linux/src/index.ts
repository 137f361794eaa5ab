export * from "./constants.ts";
export { errnoName } from "./errno.ts";
export { type Architecture, type SyscallName, syscalls } from "./syscalls.ts";
