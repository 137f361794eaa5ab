import { type Address, at, type Builder, type Value, type Variable } from "@vimto/asm";
import {
  EAGAIN,
  EINTR,
  F_SETPIPE_SZ,
  FIONREAD,
  O_CLOEXEC,
  POLLIN,
  SPLICE_F_NONBLOCK,
} from "@vimto/linux";
import { FRAME, RECORD, STREAM } from "../records.ts";
import { fillHeader, ignoreSigpipe, RELAY, readAll, writeAll, yieldToWriters } from "./common.ts";

/** Descriptors, in the order in which guest init passes them. */
export const RELAY_OUT = { port: 0, records: 1, stdout: 2, stderr: 3 } as const;

/** The largest payload of a data frame, docs/wire.md. */
const MAX_DATA = 1 << 20;

type Stream = {
  readonly fd: number;
  readonly id: number;
  readonly open: Variable;
  readonly credit: Variable;
  /** While draining: bytes that were in the pipe when draining began, and are still to be sent. */
  readonly left: Variable;
};

/**
 * The only writer of the port. Takes records of the other roles and the command's output, and touches the port
 * only with write(2) and splice(2): data goes from the pipe to the port without a copy in this process. Only
 * pipes are polled, never the port (drivers/char/virtio_console.c: a poll of the port takes the wakeup of a
 * blocked writer).
 */
export function relayOut(p: Builder): void {
  ignoreSigpipe(p);
  yieldToWriters(p);
  const header = p.buffer(FRAME.header);
  const record = p.buffer(RECORD.size);
  const polls = p.buffer(3 * 8);
  const noWait = p.buffer(16);
  const draining = p.variable();
  const scratch = p.variable();
  const events = p.variable();

  const streams: readonly Stream[] = [
    ...[[RELAY_OUT.stdout, STREAM.stdout] as const, [RELAY_OUT.stderr, STREAM.stderr] as const].map(
      ([fd, id]) => ({
        fd,
        id,
        open: p.variable(1),
        credit: p.variable(),
        left: p.variable(),
      }),
    ),
  ];

  const failed = () => p.exit(RELAY.io);
  const toPort = (from: Value, length: Value) => writeAll(p, RELAY_OUT.port, from, length, failed);
  const frame = (length: Value, type: number, stream: Value) => {
    fillHeader(p, header, length, type, stream);
    toPort(header, FRAME.header);
  };
  const taken = ownPipe(p, failed);
  const batch = ownPipe(p, failed);
  const rest = p.variable();
  const filled = p.variable();
  /**
   * Sends `count` bytes from the pipe to the port, behind their header: in one request of the device, or in
   * more if the pipe's pages are filled so badly that the header finds no place beside them.
   */
  const sendTaken = (count: Value, stream: Stream) => {
    p.set(rest, count);
    p.set(filled, FRAME.header);
    fillHeader(p, header, count, FRAME.data, stream.id);
    writeAll(p, batch.write, header, FRAME.header, failed);
    p.loop((jumpOut) => {
      const flags = SPLICE_F_NONBLOCK;
      const passed = p.syscallTo(
        p.variable(),
        "splice",
        taken.read,
        0,
        batch.write,
        0,
        rest,
        flags,
      );
      p.when(passed, ">", 0, () => {
        p.math(filled, filled, "add", passed);
        p.math(rest, rest, "sub", passed);
      });
      p.loop((empty, more) => {
        p.when(filled, "==", 0, empty);
        const sent = p.syscallTo(
          p.variable(),
          "splice",
          batch.read,
          0,
          RELAY_OUT.port,
          0,
          filled,
          0,
        );
        p.when(sent, "==", -EINTR, more);
        p.when(sent, "<=", 0, failed);
        p.math(filled, filled, "sub", sent);
      });
      p.when(rest, "==", 0, jumpOut);
    });
  };
  const moved = p.variable();
  const held = p.variable();
  const end = (stream: Stream) => {
    p.set(stream.open, 0);
    p.syscall("close", stream.fd);
    frame(0, FRAME.eof, stream.id);
  };

  const pollEntry = (index: number) => at(polls, index * 8);
  const watch = (entry: Address, fd: Value) => {
    p.store(4, entry, fd);
    p.store(2, at(entry, 4), POLLIN);
    p.store(2, at(entry, 6), 0);
  };

  p.loop(() => {
    watch(pollEntry(0), RELAY_OUT.records);
    for (const [index, stream] of streams.entries()) {
      // A descriptor of -1 is passed over, poll(2).
      watch(pollEntry(1 + index), -1);
      p.when(stream.open, "!=", 0, () =>
        p.when(stream.credit, ">", 0, () => watch(pollEntry(1 + index), stream.fd)),
      );
    }
    p.set(scratch, 0);
    p.when(draining, "!=", 0, () => {
      for (const stream of streams)
        p.when(stream.open, "!=", 0, () =>
          p.when(stream.credit, ">", 0, () => p.set(scratch, noWait)),
        );
    });
    p.syscall("ppoll", polls, 3, scratch, 0, 8);

    p.load(events, 2, at(polls, 6));
    p.when(events, "!=", 0, () =>
      records(p, record, { streams, draining, held, frame, toPort, end }),
    );

    for (const [index, stream] of streams.entries()) {
      const relay = () =>
        p.when(stream.open, "!=", 0, () =>
          p.when(stream.credit, ">", 0, () => {
            p.set(scratch, stream.credit);
            p.when(scratch, ">", MAX_DATA, () => p.set(scratch, MAX_DATA));
            p.when(draining, "!=", 0, () =>
              p.when(scratch, ">", stream.left, () => p.set(scratch, stream.left)),
            );
            const flags = SPLICE_F_NONBLOCK;
            p.syscallTo(moved, "splice", stream.fd, 0, taken.write, 0, scratch, flags);
            p.when(moved, ">", 0, () => {
              p.math(stream.credit, stream.credit, "sub", moved);
              p.math(stream.left, stream.left, "sub", moved);
              sendTaken(moved, stream);
              p.set(moved, 1);
            });
            // Every writer is gone, or everything is sent and nothing more is expected.
            p.when(moved, "==", 0, () => end(stream));
            p.when(moved, "==", -EAGAIN, () => p.when(draining, "!=", 0, () => end(stream)));
            p.when(draining, "!=", 0, () =>
              p.when(stream.left, "<=", 0, () => p.when(stream.open, "!=", 0, () => end(stream))),
            );
          }),
        );
      p.load(events, 2, at(polls, (1 + index) * 8 + 6));
      p.math(events, events, "or", draining);
      p.when(events, "!=", 0, relay);
    }
  });
}

/**
 * A pipe between the other pipes and the port. The driver makes its request of all buffers that the pipe holds,
 * and those behind the length that was asked for have the length 0 (port_fops_splice_write and virtqueue_add,
 * which goes to the end of the list), which QEMU takes for a broken device. So each request empties a pipe that
 * only this process writes to.
 */
function ownPipe(p: Builder, failed: () => void): { read: Variable; write: Variable } {
  const ends = p.buffer(8);
  const read = p.variable();
  const write = p.variable();
  p.when(p.syscallTo(p.variable(), "pipe2", ends, O_CLOEXEC), "<", 0, failed);
  p.load(read, 4, ends);
  p.load(write, 4, at(ends, 4));
  p.syscall("fcntl", write, F_SETPIPE_SZ, MAX_DATA);
  return { read, write };
}

type Outlet = {
  readonly streams: readonly Stream[];
  readonly draining: Variable;
  /** Whether the streams stay open when the command is over. */
  readonly held: Variable;
  frame(length: Value, type: number, stream: Value): void;
  toPort(from: Value, length: Value): void;
  end(stream: Stream): void;
};

/** One record of another role: credit for a stream, credit to pass on, an end, or an event for the host. */
function records(p: Builder, record: Address, outlet: Outlet): void {
  const { streams, draining, held, frame, toPort, end } = outlet;
  const available = p.buffer(8);
  /**
   * All output of the command is in the pipes by now. What a process that it left behind writes from here on is
   * not its output, and must not delay the end of the streams.
   */
  const drain = () => {
    p.set(draining, 1);
    for (const stream of streams)
      p.when(stream.open, "!=", 0, () => {
        p.store(4, available, 0);
        p.syscall("ioctl", stream.fd, FIONREAD, available);
        p.load(stream.left, 4, available);
        p.when(stream.left, "==", 0, () => end(stream));
      });
  };
  const kind = p.variable();
  const id = p.variable();
  const count = p.variable();
  readAll(p, RELAY_OUT.records, record, RECORD.size, () => p.exit(RELAY.done));
  p.load(kind, 4, record);
  p.load(id, 4, at(record, 4));
  p.load(count, 8, at(record, 8));
  p.when(kind, "==", RECORD.grant, () => {
    for (const stream of streams)
      p.when(id, "==", stream.id, () => p.math(stream.credit, stream.credit, "add", count));
  });
  p.when(kind, "==", RECORD.consumed, () => {
    frame(4, FRAME.credit, id);
    toPort(at(record, 8), 4);
  });
  p.when(kind, "==", RECORD.closed, () => {
    for (const stream of streams)
      p.when(id, "==", stream.id, () => p.when(stream.open, "!=", 0, () => end(stream)));
  });
  p.when(kind, "==", RECORD.drain, drain);
  p.when(kind, ">=", RECORD.event, () => {
    frame(RECORD.size, FRAME.event, 0);
    toPort(record, RECORD.size);
  });
  p.when(kind, "==", RECORD.hold, () => p.set(held, 1));
  p.when(kind, "==", RECORD.exited, () => p.when(held, "==", 0, drain));
  p.when(kind, "==", RECORD.feedEnded, () => frame(0, FRAME.close, id));
}
