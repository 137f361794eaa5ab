import { dlopen, FFIType, read } from "bun:ffi";

const libc = dlopen("libc.so.6", {
  flock: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  __errno_location: { args: [], returns: FFIType.ptr },
});

// include/uapi/asm-generic/fcntl.h
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const LOCK_UN = 8;
const EWOULDBLOCK = 11;
const EINTR = 4;

/**
 * Tries to lock an open file (flock(2)): the kernel unlocks it when the process ends, however it ends.
 * Never waits.
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

/**
 * Lets go. To close the descriptor lets go only when every copy is closed, and a program that another thread is
 * about to start has one until it is executed.
 */
export function unflock(descriptor: number): void {
  libc.symbols.flock(descriptor, LOCK_UN);
}
