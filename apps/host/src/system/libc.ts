/** The one file through which vimto calls libc; errors are SystemError with the errno's number. */
import { dlopen, type Pointer, ptr, read, toArrayBuffer } from "bun:ffi";
import { closeSync } from "node:fs";
import {
  AF_UNIX,
  AT_FDCWD,
  AT_SYMLINK_FOLLOW,
  EWOULDBLOCK,
  errnoName,
  LOCK_EX,
  LOCK_NB,
  LOCK_SH,
  LOCK_UN,
  MAP_ANONYMOUS,
  MAP_PRIVATE,
  MFD_CLOEXEC,
  MFD_EXEC,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
  SOCK_CLOEXEC,
  SOCK_STREAM,
} from "@vimto/linux";

const library = () =>
  dlopen("libc.so.6", {
    flock: { args: ["i32", "i32"], returns: "i32" },
    linkat: { args: ["i32", "ptr", "i32", "ptr", "i32"], returns: "i32" },
    memfd_create: { args: ["ptr", "u32"], returns: "i32" },
    socketpair: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" },
    mmap: { args: ["usize", "usize", "i32", "i32", "i32", "i64"], returns: "ptr" },
    mprotect: { args: ["ptr", "usize", "i32"], returns: "i32" },
    memcpy: { args: ["ptr", "ptr", "usize"], returns: "ptr" },
    pthread_create: { args: ["ptr", "ptr", "ptr", "ptr"], returns: "i32" },
    kill: { args: ["i32", "i32"], returns: "i32" },
    __errno_location: { args: [], returns: "ptr" },
  }).symbols;

let loaded: ReturnType<typeof library> | undefined;
/** Loaded when first used: a run that only prints its help does not pay for it. */
const libc = () => {
  loaded ??= library();
  return loaded;
};

/** A call that failed; `code` is the name of the errno, as Node's errors have it. */
export class SystemError extends Error {
  override readonly name = "SystemError";
  readonly errno: number;
  readonly code: string;

  constructor(what: string, errno: number) {
    const name = errnoName(errno);
    super(`${what} failed (${name})`);
    this.errno = errno;
    this.code = name;
  }
}

function checked(what: string, result: number): number {
  if (result !== -1) return result;
  const place = libc().__errno_location();
  throw new SystemError(what, place === null ? 0 : read.i32(place, 0));
}

const text = (value: string) => ptr(Buffer.from(`${value}\0`));

const LOCK = { shared: LOCK_SH, exclusive: LOCK_EX } as const;

/** Tries to lock an open file (flock(2)); false when somebody else holds it. The end of the process unlocks it. */
export function tryLock(fd: number, mode: keyof typeof LOCK): boolean {
  if (libc().flock(fd, LOCK[mode] | LOCK_NB) === 0) return true;
  const place = libc().__errno_location();
  const errno = place === null ? 0 : read.i32(place, 0);
  if (errno === EWOULDBLOCK) return false;
  throw new SystemError("flock", errno);
}

/**
 * Closes an open file that may be locked. Closing alone unlocks it only when every copy is closed, and a program
 * that another thread is about to start has one until it is executed.
 */
export function closeLocked(fd: number): void {
  libc().flock(fd, LOCK_UN);
  closeSync(fd);
}

/** Gives a file without a name (O_TMPFILE) its name, open(2). Throws SystemError EEXIST (17). */
export function nameFile(fd: number, path: string): void {
  const from = Buffer.from(`/proc/self/fd/${fd}\0`);
  const to = Buffer.from(`${path}\0`);
  checked("linkat", libc().linkat(AT_FDCWD, ptr(from), AT_FDCWD, ptr(to), AT_SYMLINK_FOLLOW));
}

/** A file in memory that is gone when its last descriptor is closed. */
export function memoryFile(name: string): number {
  // Kernels before 6.3 do not know MFD_EXEC, and do not need it.
  const fd = libc().memfd_create(text(name), MFD_CLOEXEC | MFD_EXEC);
  return fd >= 0 ? fd : checked("memfd_create", libc().memfd_create(text(name), MFD_CLOEXEC));
}

/** Two connected stream sockets. */
export function socketPair(): readonly [number, number] {
  const pair = new Int32Array(2);
  checked("socketpair", libc().socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ptr(pair)));
  return [pair[0] ?? -1, pair[1] ?? -1];
}

function allocate(size: number): Pointer {
  const place = libc().mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place === null || typeof place === "bigint" || place === -1)
    throw new SystemError("mmap", 12);
  return place;
}

/** Zeroed memory with `data` at its start; it is never freed. */
export function memory(size: number, data: Uint8Array): number {
  const place = allocate(size);
  libc().memcpy(place, ptr(data), data.length);
  return Number(place);
}

/** The first 32 bits of what `memory` gave. */
export const peek = (place: number): number =>
  new DataView(toArrayBuffer(place, 0, 4)).getInt32(0, true);

/** Starts a thread on machine code that makes system calls, uses no library and never returns. */
export function startThread(code: Uint8Array): void {
  const place = allocate(code.length);
  libc().memcpy(place, ptr(code), code.length);
  checked("mprotect", libc().mprotect(place, code.length, PROT_READ | PROT_EXEC));
  const thread = new BigUint64Array(1);
  const errno = libc().pthread_create(ptr(thread), null, place, null);
  if (errno !== 0) throw new SystemError("pthread_create", errno);
}

/** kill(2); a negative pid is a process group. A process that is gone is no error. */
export function kill(pid: number, signal: number): void {
  libc().kill(pid, signal);
}

let control: ReturnType<typeof controlLibrary> | undefined;
const controlLibrary = () =>
  dlopen("libc.so.6", { ioctl: { args: ["i32", "u64", "ptr"], returns: "i32" } }).symbols;

/** ioctl(2) with a structure of its request; loaded when first used, which most runs never do. */
export function ioctl(fd: number, request: number, structure: Uint8Array): void {
  control ??= controlLibrary();
  checked("ioctl", control.ioctl(fd, request, ptr(structure)));
}
