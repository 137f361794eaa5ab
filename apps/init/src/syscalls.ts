/** The one file through which guest init calls the kernel. */
import { dlopen, ptr, read } from "bun:ffi";
import { type SyscallName, syscalls } from "@vimto/native/syscalls";

const arch = process.arch === "arm64" ? "aarch64" : "x86_64";

const libc = dlopen("libc.so.6", {
  syscall: { args: ["i64", "i64", "i64", "i64", "i64", "i64"], returns: "i64" },
  __errno_location: { args: [], returns: "ptr" },
}).symbols;

export const EEXIST = 17;
const EINVAL = 22;

/** A system call that failed: `errno` is the kernel's number for why. */
export class SystemError extends Error {
  override readonly name = "SystemError";
  readonly errno: number;

  constructor(what: string, errno: number) {
    super(`${what} failed with errno ${errno}`);
    this.errno = errno;
  }
}

/** Returns what the kernel answers. Throws SystemError. Bytes and texts are passed by address. */
function call(name: SyscallName, ...args: (number | string | NodeJS.TypedArray)[]): number {
  // Kept until the call is over: the kernel reads and writes them.
  const held: NodeJS.TypedArray[] = [];
  const values = args.map((arg) => {
    if (typeof arg === "number") return arg;
    const bytes = typeof arg === "string" ? Buffer.from(`${arg}\0`) : arg;
    held.push(bytes);
    return ptr(bytes);
  });
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = values;
  const result = Number(libc.syscall(syscalls[name][arch], a, b, c, d, e));
  if (result !== -1) return result;
  const place = libc.__errno_location();
  throw new SystemError(
    `${name}(${args.filter((arg) => typeof arg === "string").join(", ")})`,
    place === null ? EINVAL : read.i32(place, 0),
  );
}

/** mount(2); `flags` are MS_*. */
export function mount(source: string, target: string, type: string, flags = 0, data = ""): void {
  call("mount", source, target, type, flags, data);
}

/** finit_module(2) of a file that is open for reading. */
export function loadModule(fd: number): void {
  call("finit_module", fd, "", 0);
}

const O_CLOEXEC = 0o2000000;
const F_SETPIPE_SZ = 1031;

export type Pipe = { readonly read: number; readonly write: number };

/** A pipe that holds `size` bytes; neither end survives an execve unless it is passed on. */
export function pipe(size?: number): Pipe {
  const ends = new Int32Array(2);
  call("pipe2", ends, O_CLOEXEC);
  const [readEnd = -1, writeEnd = -1] = ends;
  if (size !== undefined) call("fcntl", writeEnd, F_SETPIPE_SZ, size);
  return { read: readEnd, write: writeEnd };
}

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SIOCGIFFLAGS = 0x8913;
const SIOCSIFFLAGS = 0x8914;
const IFF_UP = 1;

/** Brings a network interface up (netdevice(7)). */
export function interfaceUp(name: string): void {
  const socket = call("socket", AF_INET, SOCK_DGRAM | O_CLOEXEC, 0);
  const request = Buffer.alloc(40);
  request.write(name);
  try {
    call("ioctl", socket, SIOCGIFFLAGS, request);
    request.writeInt16LE(request.readInt16LE(16) | IFF_UP, 16);
    call("ioctl", socket, SIOCSIFFLAGS, request);
  } finally {
    call("close", socket);
  }
}

/**
 * Sends a signal as kill(2) does; a process that is gone is no error. A command that has not made its
 * process group yet gets it by itself.
 */
export function kill(pid: number, signal: number): void {
  try {
    call("kill", pid, signal);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    if (pid < 0) kill(-pid, signal);
  }
}

/** Writes back what file systems hold. */
export function sync(): void {
  call("sync");
}

const CLOCK_REALTIME = 0;
const CLOCK_MONOTONIC = 1;

/** Milliseconds of CLOCK_MONOTONIC, which begins with the kernel. */
export const monotonic = (): number => clock(CLOCK_MONOTONIC);

/** Milliseconds since 1970, finer than Date. */
export const realTime = (): number => clock(CLOCK_REALTIME);

function clock(id: number): number {
  const time = new BigInt64Array(2);
  call("clock_gettime", id, time);
  const [seconds = 0n, nanoseconds = 0n] = time;
  return Number(seconds) * 1e3 + Number(nanoseconds) / 1e6;
}
