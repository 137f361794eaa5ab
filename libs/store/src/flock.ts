import { dlopen, FFIType, read } from "bun:ffi";

const libc = dlopen("libc.so.6", {
  flock: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  __errno_location: { args: [], returns: FFIType.ptr },
});

// include/uapi/asm-generic/fcntl.h
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const EWOULDBLOCK = 11;
const EINTR = 4;

/**
 * Tries to lock an open file (flock(2)): the kernel unlocks it when the descriptor closes, however the process
 * ends. Never waits.
 * @returns false if another descriptor holds a lock that forbids this one
 * @throws Error with the error number where locks do not work at all
 */
export function tryFlock(descriptor: number, mode: "shared" | "exclusive"): boolean {
  const operation = (mode === "shared" ? LOCK_SH : LOCK_EX) | LOCK_NB;
  for (;;) {
    if (libc.symbols.flock(descriptor, operation) === 0) return true;
    const location = libc.symbols.__errno_location();
    const errno = location === null ? 0 : read.i32(location);
    if (errno === EWOULDBLOCK) return false;
    if (errno !== EINTR) throw Object.assign(new Error("flock"), { code: `errno ${errno}` });
  }
}
