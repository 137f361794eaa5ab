import { type Address, at, type Builder, type Value, type Variable } from "../program.ts";

/** errno values are the same on x86-64 and aarch64 (include/uapi/asm-generic/errno-base.h). */
export const EINTR = 4;
export const EPIPE = 32;

/** Exit statuses of the relays, so that guest init can say why one of them ended. */
export const RELAY = { done: 0, wire: 71, io: 74 } as const;

/**
 * What the small programs and guest init tell relay-out, each a record of 16 bytes (less than PIPE_BUF,
 * so that pipe(7) keeps it whole): u32 kind, u32 a, u64 b. The kinds from `event` on go to the host as
 * they are.
 */
export const RECORD = {
  size: 16,
  /** Stream `a` may send `b` bytes more. */
  grant: 1,
  /** Of stream `a`, `b` bytes went to the command. */
  consumed: 2,
  /** The host wants no more of stream `a`. */
  closed: 3,
  /** The command reads no more of stream `a`. */
  feedEnded: 4,
  /** End the streams as soon as their pipes are empty. */
  drain: 5,
  event: 16,
  /** The command ended with the wait(2) status `b`; `a` is 1 if that ends the streams too. */
  exited: 16,
  /** Call `a` of a script failed with the errno `b`. */
  failed: 17,
  /** The command is process `b`. */
  started: 18,
  /** What the command wrote to files is with the host. */
  synced: 19,
  /** Moment `a` of a script was at `b` nanoseconds of CLOCK_MONOTONIC. */
  mark: 20,
} as const;

export const FRAME = {
  header: 8,
  control: 1,
  data: 2,
  eof: 3,
  credit: 4,
  close: 5,
  event: 6,
} as const;
export const STREAM = { stdin: 1, stdout: 2, stderr: 3, script: 5 } as const;

/** Ignores SIGPIPE: a write to a pipe that nobody reads then fails with EPIPE. */
export function ignoreSigpipe(p: Builder): void {
  const action = p.buffer(32);
  p.store(8, action, 1);
  p.syscall("rt_sigaction", 13, action, 0, 8);
}

/** Writes all of `length` bytes at `from`; a failure runs `failed` with the result in `result`. */
export function writeAll(
  p: Builder,
  fd: Value,
  from: Value,
  length: Value,
  failed: (result: Variable) => void,
): void {
  const place = p.variable();
  const left = p.variable();
  p.set(place, from);
  p.set(left, length);
  p.loop((leave, again) => {
    p.when(left, "==", 0, leave);
    const result = p.syscall("write", fd, place, left);
    p.when(result, "==", -EINTR, again);
    p.when(result, "<=", 0, () => failed(result));
    p.math(place, place, "add", result);
    p.math(left, left, "sub", result);
  });
}

/** Reads exactly `length` bytes to `to`; end of file or a failure runs `failed`. */
export function readAll(
  p: Builder,
  fd: Value,
  to: Value,
  length: Value,
  failed: (result: Variable) => void,
): void {
  const place = p.variable();
  const left = p.variable();
  p.set(place, to);
  p.set(left, length);
  p.loop((leave, again) => {
    p.when(left, "==", 0, leave);
    const result = p.syscall("read", fd, place, left);
    p.when(result, "==", -EINTR, again);
    p.when(result, "<=", 0, () => failed(result));
    p.math(place, place, "add", result);
    p.math(left, left, "sub", result);
  });
}

/** Writes one record for `relay-out` to the pipe `fd`; pipe(7) makes a write this small whole. */
export function tell(
  p: Builder,
  fd: Value,
  record: Address,
  kind: Value,
  stream: Value,
  count: Value,
): void {
  p.store(4, record, kind);
  p.store(4, at(record, 4), stream);
  p.store(8, at(record, 8), count);
  writeAll(p, fd, record, RECORD.size, () => p.exit(RELAY.io));
}

/** Fills the header of a frame (docs/wire.md) at `header`. */
export function fillHeader(
  p: Builder,
  header: Address,
  length: Value,
  type: Value,
  stream: Value,
): void {
  p.store(4, header, length);
  p.store(1, at(header, 4), type);
  p.store(1, at(header, 5), stream);
  p.store(2, at(header, 6), 0);
}
