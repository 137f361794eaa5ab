import { type Address, at, type Builder, type Value, type Variable } from "@vimto/asm";
import {
  CLOCK_MONOTONIC,
  CLONE_FS,
  EINTR,
  EINVAL,
  SCHED_BATCH,
  SIG_IGN,
  SIGCHLD,
  SIGPIPE,
} from "@vimto/linux";
import { RECORD } from "../records.ts";

/** Exit statuses of the relays, so that guest init can say why one of them ended. */
export const RELAY = { done: 0, wire: 71, io: 74 } as const;

/** Ignores SIGPIPE: a write to a pipe that nobody reads then fails with EPIPE. */
export function ignoreSigpipe(p: Builder): void {
  const action = p.buffer(32);
  p.store(8, action, SIG_IGN);
  p.syscall("rt_sigaction", SIGPIPE, action, 0, 8);
}

/**
 * Lets the writer of a pipe fill it: a process of this class does not preempt the process that wakes it
 * (kernel/sched/fair.c, check_preempt_wakeup_fair), and so reads several writes at once.
 */
export function yieldToWriters(p: Builder): void {
  p.syscall("sched_setscheduler", 0, SCHED_BATCH, p.buffer(8));
}

/**
 * Forks; 0 in the child, the child's id or minus an errno in `to`. The child shares root, working directory
 * and umask with this process (CLONE_FS).
 */
export function forkSharingRoot(p: Builder, to: Variable): void {
  p.syscallTo(to, "clone", CLONE_FS | SIGCHLD, 0, 0, 0, 0);
  // qemu-user, under which tests run this, knows the flags of fork(2) alone (linux-user/syscall.c, do_fork).
  p.when(to, "==", -EINVAL, () => p.syscallTo(to, "clone", SIGCHLD, 0, 0, 0, 0));
}

/** Writes all of the `length` bytes at `from`; a failure runs `failed` and ends this. */
export const writeAll = (
  p: Builder,
  fd: Value,
  from: Value,
  length: Value,
  failed: (result: Variable) => void,
): void => moveAll(p, "write", fd, from, length, failed);

/** Reads exactly `length` bytes to `to`; end of file or a failure runs `failed` and ends this. */
export const readAll = (
  p: Builder,
  fd: Value,
  to: Value,
  length: Value,
  failed: (result: Variable) => void,
): void => moveAll(p, "read", fd, to, length, failed);

function moveAll(
  p: Builder,
  call: "read" | "write",
  fd: Value,
  memory: Value,
  length: Value,
  failed: (result: Variable) => void,
): void {
  p.scope(() => {
    const place = p.variable(memory);
    const left = p.variable(length);
    const result = p.variable();
    p.loop((jumpOut, jumpBack) => {
      p.when(left, "==", 0, jumpOut);
      p.syscallTo(result, call, fd, place, left);
      p.when(result, "==", -EINTR, jumpBack);
      p.when(result, "<=", 0, () => {
        failed(result);
        jumpOut();
      });
      p.math(place, place, "add", result);
      p.math(left, left, "sub", result);
    });
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

/** Sets `to` to the nanoseconds of a clock, by default CLOCK_MONOTONIC. */
export function clock(p: Builder, to: Variable, id = CLOCK_MONOTONIC): void {
  const time = p.buffer(16);
  const part = p.variable();
  p.syscall("clock_gettime", id, time);
  p.load(part, 8, time);
  p.math(to, part, "mul", 1_000_000_000);
  p.load(part, 8, at(time, 8));
  p.math(to, to, "add", part);
}
