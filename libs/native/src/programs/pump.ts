import { Builder, type Program } from "../program.ts";
import { EINTR, writeAll } from "./common.ts";

const CHUNK = 1 << 16;
const SHUT_WR = 1;

/**
 * A thread's loop: blocking reads of `from`, blocking writes of `to`, until one of them ends; then it
 * ends the side that is `inner`, a socket of the program's own, and itself. So the program's end of that
 * socket sees the end of file of a stdin, or that a stdout takes no more, or took everything.
 */
export function pump(from: number, to: number, inner: number): Program {
  const p = new Builder();
  const chunk = p.buffer(CHUNK);
  const got = p.variable();
  const end = () => {
    p.syscall("shutdown", inner, inner === to ? SHUT_WR : 2);
    p.exitThread();
  };
  p.loop((_, again) => {
    p.set(got, p.syscall("read", from, chunk, CHUNK));
    p.when(got, "==", -EINTR, again);
    p.when(got, "<=", 0, end);
    writeAll(p, to, chunk, got, end);
  });
  return p.build();
}
