import { type Address, at, Builder, type Program } from "@vimto/asm";
import { EAGAIN, EINTR, POLLIN, POLLOUT, SHUT_RDWR, SHUT_WR } from "@vimto/linux";

const CHUNK = 1 << 16;

/**
 * A thread's loop: blocking reads of `from`, blocking writes of `to`, until one of them ends; then it ends
 * `inner`, the side that is a socket of the program's own, and itself. So the program sees at its end of the
 * socket that stdin has ended, or that stdout takes no more or has taken everything. `errno` and `written` are
 * u64 in its memory: why it ended, and how many bytes `to` has taken.
 */
export function pump(
  from: number,
  to: number,
  inner: number,
): { readonly program: Program; readonly errno: Address; readonly written: Address } {
  const p = new Builder();
  const chunk = p.buffer(CHUNK);
  const poll = p.buffer(8);
  const errno = p.buffer(8);
  const written = p.buffer(8);
  const total = p.variable();
  const got = p.variable();
  const place = p.variable();
  const end = () => {
    p.syscall("shutdown", inner, inner === to ? SHUT_WR : SHUT_RDWR);
    p.exitThread();
  };
  /** Another program that shares the descriptor may have made it non-blocking: then this waits for it. */
  const wait = (fd: number, events: number) => {
    p.store(4, poll, fd);
    p.store(4, at(poll, 4), events);
    p.syscall("ppoll", poll, 1, 0, 0, 8);
  };
  const result = p.variable();
  p.loop((_, next) => {
    p.syscallTo(got, "read", from, chunk, CHUNK);
    p.when(got, "==", -EINTR, next);
    p.when(got, "==", -EAGAIN, () => {
      wait(from, POLLIN);
      next();
    });
    p.when(got, "<=", 0, end);
    p.set(place, chunk);
    p.loop((jumpOut, jumpBack) => {
      p.when(got, "==", 0, jumpOut);
      p.syscallTo(result, "write", to, place, got);
      p.when(result, "==", -EINTR, jumpBack);
      p.when(result, "==", -EAGAIN, () => {
        wait(to, POLLOUT);
        jumpBack();
      });
      p.when(result, "<", 0, () => {
        p.math(result, 0, "sub", result);
        p.store(8, errno, result);
        end();
      });
      p.math(total, total, "add", result);
      p.store(8, written, total);
      p.math(place, place, "add", result);
      p.math(got, got, "sub", result);
    });
  });
  return { program: p.build(), errno, written };
}
