import { at, type Builder } from "@vimto/asm";
import { EINTR } from "@vimto/linux";
import { FRAME, RECORD, STREAM } from "../records.ts";
import { ignoreSigpipe, RELAY, readAll, tell, writeAll } from "./common.ts";

/** Descriptors, in the order in which guest init passes them. */
const RELAY_IN = { port: 0, records: 1, orders: 2, stdin: 3, script: 4, hook: 5 } as const;

const CHUNK = 1 << 16;
const MILLISECOND = 1_000_000;

/**
 * The one reader of the port: blocking reads only. Orders go to `serve` without their header, stdin to
 * the pipe that relay-feed empties, scripts to the process that runs them, credit and ends to relay-out. The stdin
 * window is half of that pipe, so writing to it never blocks, and a command that does not read never
 * holds up a signal.
 */
export function relayIn(p: Builder): void {
  ignoreSigpipe(p);
  const header = p.buffer(FRAME.header);
  const record = p.buffer(RECORD.size);
  const chunk = p.buffer(CHUNK);
  const pause = p.buffer(16);
  const started = p.variable();
  const length = p.variable();
  const type = p.variable();
  const stream = p.variable();
  const count = p.variable();
  const got = p.variable();
  p.store(8, at(pause, 8), MILLISECOND);

  // Drops what the command or the launcher does not read any more.
  const dropped = () => {};
  const gone = () => p.exit(RELAY.done);
  const broken = () => p.exit(RELAY.wire);

  // The driver answers 0 until the host's end is connected (port_fops_read), and again when it is gone.
  p.loop((jumpOut) => {
    p.syscallTo(got, "read", RELAY_IN.port, header, 1);
    p.when(got, "==", 1, jumpOut);
    p.when(got, "==", 0, () => p.syscall("nanosleep", pause, 0));
    p.when(got, "<", 0, () => p.when(got, "!=", -EINTR, () => p.exit(RELAY.io)));
  });

  p.loop((_, jumpBack) => {
    p.when(started, "!=", 0, () => readAll(p, RELAY_IN.port, header, 1, gone));
    p.set(started, 1);
    readAll(p, RELAY_IN.port, at(header, 1), FRAME.header - 1, gone);
    p.load(length, 4, header);
    p.load(type, 1, at(header, 4));
    p.load(stream, 1, at(header, 5));

    const pass = (fd: number, failed: () => void) =>
      p.loop((jumpOut) => {
        p.when(length, "==", 0, jumpOut);
        p.set(count, length);
        p.when(count, ">", CHUNK, () => p.set(count, CHUNK));
        const read = p.syscallTo(p.variable(), "read", RELAY_IN.port, chunk, count);
        p.when(read, "==", 0, gone);
        p.when(
          read,
          ">",
          0,
          () => {
            p.set(count, read);
            p.math(length, length, "sub", count);
            writeAll(p, fd, chunk, count, failed);
          },
          () => p.when(read, "!=", -EINTR, () => p.exit(RELAY.io)),
        );
      });

    p.when(type, "==", FRAME.order, () => {
      pass(RELAY_IN.orders, gone);
      jumpBack();
    });
    p.when(type, "==", FRAME.data, () => {
      p.when(stream, "==", STREAM.script, () => {
        pass(RELAY_IN.script, dropped);
        jumpBack();
      });
      p.when(stream, "==", STREAM.hook, () => {
        pass(RELAY_IN.hook, dropped);
        jumpBack();
      });
      p.when(stream, "!=", STREAM.stdin, broken);
      pass(RELAY_IN.stdin, dropped);
      jumpBack();
    });
    p.when(type, "==", FRAME.eof, () => {
      p.when(stream, "!=", STREAM.stdin, broken);
      p.syscall("close", RELAY_IN.stdin);
      jumpBack();
    });
    p.when(type, "==", FRAME.credit, () => {
      readAll(p, RELAY_IN.port, chunk, 4, gone);
      p.load(count, 4, chunk);
      tell(p, RELAY_IN.records, record, RECORD.grant, stream, count);
      jumpBack();
    });
    p.when(type, "==", FRAME.close, () => {
      tell(p, RELAY_IN.records, record, RECORD.closed, stream, 0);
      jumpBack();
    });
    broken();
  });
}
