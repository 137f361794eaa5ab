import { type Architecture, emitCode, type Program, pump } from "@vimto/native";
import { Connection } from "./connection.ts";
import { memory, socketPair, startThread } from "./libc.ts";

const arch: Architecture = process.arch === "arm64" ? "aarch64" : "x86_64";

function start(program: Program): void {
  startThread(emitCode(program, arch, memory(program.memory, program.data)));
}

/**
 * A descriptor that is read by a thread with blocking calls, whatever it is (terminal, pipe, regular
 * file, /dev/null) and without changing a flag that other programs share. It ends as the file ends.
 */
export function readingFrom(fd: number): Promise<Connection> {
  const [ours, theirs] = socketPair();
  start(pump(fd, theirs, theirs));
  return Connection.adopt(ours);
}

/**
 * A descriptor that is written by a thread with blocking calls. After `finish` the connection closes when
 * everything is written; it closes earlier when the descriptor takes no more (EPIPE).
 */
export function writingTo(fd: number): Promise<Connection> {
  const [ours, theirs] = socketPair();
  start(pump(theirs, fd, theirs));
  return Connection.adopt(ours);
}
