import { type Address, at, Builder, type Program, type Value, type Variable } from "../program.ts";
import { FRAME, RECORD, STREAM } from "../records.ts";
import { EAGAIN, EINTR, fillHeader, ignoreSigpipe, RELAY, readAll, writeAll } from "./common.ts";

/** Descriptors, in the order in which guest init passes them. */
export const RELAY_OUT = { port: 0, records: 1, control: 2, stdout: 3, stderr: 4 } as const;

const SPLICE_F_NONBLOCK = 2;
const O_CLOEXEC = 0o2000000;
const F_SETPIPE_SZ = 1031;
const POLLIN = 1;
/** The largest payload of a data frame, docs/wire.md. */
export const MAX_DATA = 1 << 20;

type Stream = {
  readonly fd: number;
  readonly id: number;
  readonly open: Variable;
  readonly credit: Variable;
};

/**
 * The one writer of the port. Takes records of the other relays, whole control frames of guest init and
 * what the command writes, and never touches the port but with write(2) and splice(2): data goes from
 * the pipe to the port without being copied to this process. Only pipes are polled, never the port
 * (drivers/char/virtio_console.c: a poll of the port takes the wakeup of a blocked writer).
 */
export function relayOut(): Program {
  const p = new Builder();
  ignoreSigpipe(p);
  const header = p.buffer(FRAME.header);
  const record = p.buffer(RECORD.size);
  const polls = p.buffer(4 * 8);
  const noWait = p.buffer(16);
  const draining = p.variable();
  const scratch = p.variable();
  const events = p.variable();

  const streams: readonly Stream[] = [
    { fd: RELAY_OUT.stdout, id: STREAM.stdout, open: p.variable(1), credit: p.variable() },
    { fd: RELAY_OUT.stderr, id: STREAM.stderr, open: p.variable(1), credit: p.variable() },
  ];

  const failed = () => p.exit(RELAY.io);
  const toPort = (from: Value, length: Value) => writeAll(p, RELAY_OUT.port, from, length, failed);
  const frame = (length: Value, type: number, stream: Value) => {
    fillHeader(p, header, length, type, stream);
    toPort(header, FRAME.header);
  };
  const batch = ownPipe(p, failed);
  const left = p.variable();
  /** Everything that is in the batch goes to the port: `count` bytes. */
  const emptyBatch = (count: Value) => {
    p.set(left, count);
    p.loop((leave, again) => {
      p.when(left, "==", 0, leave);
      const moved = p.syscall("splice", batch.read, 0, RELAY_OUT.port, 0, left, 0);
      p.when(moved, "==", -EINTR, again);
      p.when(moved, "<=", 0, failed);
      p.math(left, left, "sub", moved);
    });
  };
  const rest = p.variable();
  const moved = p.variable();
  const passControl = (length: Value) => {
    p.set(rest, length);
    p.loop((leave, again) => {
      p.when(rest, "==", 0, leave);
      p.set(moved, p.syscall("splice", RELAY_OUT.control, 0, batch.write, 0, rest, 0));
      p.when(moved, "==", -EINTR, again);
      p.when(moved, "<=", 0, () => p.exit(RELAY.done));
      p.math(rest, rest, "sub", moved);
      emptyBatch(moved);
    });
  };
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
  const whenReady = (index: number, then: () => void) => {
    p.load(events, 2, at(polls, index * 8 + 6));
    p.when(events, "!=", 0, then);
  };

  p.loop(() => {
    watch(pollEntry(0), RELAY_OUT.records);
    watch(pollEntry(1), RELAY_OUT.control);
    for (const [index, stream] of streams.entries()) {
      // A descriptor of -1 is passed over, poll(2).
      watch(pollEntry(2 + index), -1);
      p.when(stream.open, "!=", 0, () =>
        p.when(stream.credit, ">", 0, () => watch(pollEntry(2 + index), stream.fd)),
      );
    }
    p.set(scratch, 0);
    p.when(draining, "!=", 0, () => {
      for (const stream of streams)
        p.when(stream.open, "!=", 0, () =>
          p.when(stream.credit, ">", 0, () => p.set(scratch, noWait)),
        );
    });
    p.syscall("ppoll", polls, 4, scratch, 0, 8);

    whenReady(0, () => records(p, record, streams, draining, frame, toPort, end));

    // Behind the records that came before: what a control message says may be about them.
    p.load(scratch, 2, at(polls, 6));
    p.when(scratch, "==", 0, () =>
      whenReady(1, () => {
        // Guest init is gone, or it ends the relay.
        readAll(p, RELAY_OUT.control, header, FRAME.header, () => p.exit(RELAY.done));
        p.load(scratch, 4, header);
        toPort(header, FRAME.header);
        passControl(scratch);
      }),
    );

    for (const [index, stream] of streams.entries()) {
      const relay = () =>
        p.when(stream.open, "!=", 0, () =>
          p.when(stream.credit, ">", 0, () => {
            p.set(scratch, stream.credit);
            p.when(scratch, ">", MAX_DATA, () => p.set(scratch, MAX_DATA));
            const flags = SPLICE_F_NONBLOCK;
            p.set(moved, p.syscall("splice", stream.fd, 0, batch.write, 0, scratch, flags));
            p.when(moved, ">", 0, () => {
              p.math(stream.credit, stream.credit, "sub", moved);
              frame(moved, FRAME.data, stream.id);
              emptyBatch(moved);
            });
            // Every writer is gone, or what there was is sent and no more is waited for.
            p.when(moved, "==", 0, () => end(stream));
            p.when(moved, "==", -EAGAIN, () => p.when(draining, "!=", 0, () => end(stream)));
          }),
        );
      p.load(events, 2, at(polls, (2 + index) * 8 + 6));
      p.math(events, events, "or", draining);
      p.when(events, "!=", 0, relay);
    }
  });
  return p.build();
}

/**
 * A pipe between the others and the port. The driver makes its request of all buffers that the pipe
 * holds, and those behind the length that was asked for have the length 0 (port_fops_splice_write and
 * virtqueue_add, which goes to the end of the list), which QEMU takes for a broken device. So what goes
 * to the port is always all that there is in a pipe that nobody else writes to.
 */
function ownPipe(p: Builder, failed: () => void): { read: Variable; write: Variable } {
  const ends = p.buffer(8);
  const read = p.variable();
  const write = p.variable();
  p.when(p.syscall("pipe2", ends, O_CLOEXEC), "<", 0, failed);
  p.load(read, 4, ends);
  p.load(write, 4, at(ends, 4));
  p.syscall("fcntl", write, F_SETPIPE_SZ, MAX_DATA);
  return { read, write };
}

/** One record of the other relays: credit for a stream, credit to pass on, or an end. */
function records(
  p: Builder,
  record: Address,
  streams: readonly Stream[],
  draining: Variable,
  frame: (length: Value, type: number, stream: Value) => void,
  toPort: (from: Value, length: Value) => void,
  end: (stream: Stream) => void,
): void {
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
  p.when(kind, "==", RECORD.drain, () => p.set(draining, 1));
  p.when(kind, ">=", RECORD.event, () => {
    frame(RECORD.size, FRAME.event, 0);
    toPort(record, RECORD.size);
  });
  p.when(kind, "==", RECORD.exited, () => p.when(id, "!=", 0, () => p.set(draining, 1)));
  p.when(kind, "==", RECORD.feedEnded, () => frame(0, FRAME.close, id));
}
