import { emitCode, type Program } from "@vimto/asm";
import { ownArchitecture } from "@vimto/linux";
import { Connection } from "./connection.ts";
import { memory, peek, socketPair, startThread } from "./libc.ts";
import { pump } from "./programs/pump.ts";

/** Starts a pump; returns where its memory is. */
function start(program: Program): number {
  const place = memory(program.memory, program.data);
  startThread(emitCode(program, ownArchitecture, place));
  return place;
}

/**
 * A descriptor that is read by a thread with blocking calls, whatever it is (terminal, pipe, regular
 * file, /dev/null) and without changing a flag that other programs share. It ends as the file ends.
 */
export function readingFrom(fd: number): Promise<Connection> {
  const [ours, theirs] = socketPair();
  start(pump(fd, theirs, theirs).program);
  return Connection.adopt(ours);
}

/**
 * A descriptor that is written by a thread with blocking calls. After `finish` the connection closes when
 * everything is written; it closes earlier when the descriptor takes no more, and `errno` says why.
 */
export async function writingTo(fd: number): Promise<Connection> {
  const [ours, theirs] = socketPair();
  const { program, errno, written } = pump(theirs, fd, theirs);
  const place = start(program);
  const connection = await Connection.adopt(ours);
  connection.errno = () => peek(place + errno.offset);
  connection.written = () => peek(place + written.offset);
  return connection;
}

/** A descriptor that is read and written, each by a thread with blocking calls, as one connection. */
export function bridge(fd: number): Promise<Connection> {
  const [ours, theirs] = socketPair();
  start(pump(fd, theirs, theirs).program);
  start(pump(theirs, fd, theirs).program);
  return Connection.adopt(ours);
}
