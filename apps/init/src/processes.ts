import { at, type Builder, type Value, type Variable } from "@vimto/asm";
import { EINTR, F_SETPIPE_SZ, O_CLOEXEC, PR_SET_NAME, SIG_SETMASK } from "@vimto/linux";
import { FAULTS } from "./crash.ts";
import { fail } from "./end.ts";
import { forkSharingRoot } from "./roles/common.ts";

/** No process of guest init has a descriptor above these two ranges. */
const ASIDE = 64;
const HIGHEST = 2 * ASIDE;

/** A pipe that holds `size` bytes. */
export function pipe(
  p: Builder,
  size?: number,
): { readonly read: Variable; readonly write: Variable } {
  const ends = p.buffer(8);
  const read = p.variable();
  const write = p.variable();
  p.syscall("pipe2", ends, O_CLOEXEC);
  p.load(read, 4, ends);
  p.load(write, 4, at(ends, 4));
  if (size !== undefined) p.syscall("fcntl", write, F_SETPIPE_SZ, size);
  return { read, write };
}

/** Makes `descriptors` the descriptors 0, 1, 2 and so on of this process, and closes all others. */
export function place(p: Builder, descriptors: readonly Value[]): void {
  for (const [index, fd] of descriptors.entries()) p.syscall("dup3", fd, ASIDE + index, 0);
  for (const index of descriptors.keys()) p.syscall("dup3", ASIDE + index, index, 0);
  const fd = p.variable();
  p.set(fd, descriptors.length);
  p.loop((jumpOut) => {
    p.when(fd, "==", HIGHEST, jumpOut);
    p.syscall("close", fd);
    p.math(fd, fd, "add", 1);
  });
}

/**
 * Starts a process called `name` (prctl(2), PR_SET_NAME) that has only `descriptors`, shares the root of this
 * one (CLONE_FS), and runs `body`, which must not return; the variable then holds its id. Goes on when the
 * process has its descriptors, so that other processes can rely on them: the process then closes its end of a
 * pipe. With `ready` that end is its last descriptor, and this goes on when `body` closes it.
 */
export function start(
  p: Builder,
  name: string,
  descriptors: readonly Value[],
  body: (p: Builder) => void,
  { ready = false } = {},
): Variable {
  const process = p.variable();
  p.scope(() => {
    const placed = pipe(p);
    forkSharingRoot(p, process);
    p.when(process, "<", 0, () => fail(p, `cannot start ${name}`));
    p.when(process, "==", 0, () => {
      p.syscall("prctl", PR_SET_NAME, p.text(name), 0, 0, 0);
      blockSignals(p);
      place(p, ready ? [...descriptors, placed.write] : descriptors);
      p.scope(() => body(p));
    });
    p.syscall("close", placed.write);
    const byte = p.buffer(1);
    p.loop((jumpOut) => {
      const end = p.syscallTo(p.variable(), "read", placed.read, byte, 1);
      p.when(end, "!=", -EINTR, jumpOut);
    });
    p.syscall("close", placed.read);
  });
  return process;
}

/**
 * Protects these processes from a signal to all (`kill -TERM -1`). The command's script unblocks all signals
 * (apps/host/src/guest/script.ts); SIGKILL cannot be blocked.
 */
function blockSignals(p: Builder): void {
  const mask = p.buffer(8);
  const faults = FAULTS.reduce((bits, signal) => bits | (1n << BigInt(signal - 1)), 0n);
  p.store(8, mask, ~faults);
  p.syscall("rt_sigprocmask", SIG_SETMASK, mask, 0, 8);
}
