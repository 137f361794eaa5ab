import { closeSync, openSync } from "node:fs";
import { programOf } from "@vimto/asm";
import { architectures } from "@vimto/linux";
import { Decoder, type Frame, type GuestEvent, HEADER_LENGTH } from "@vimto/protocol/frames";
import { afterAll, describe, expect, type TestContext, test } from "vitest";
import {
  type End,
  pipe,
  pipeTo,
  socketPair,
} from "../../../../libs/asm/src/testing/descriptors.ts";
import { Random } from "../../../../libs/asm/src/testing/random.ts";
import { emulator, start, Workshop } from "../../../../libs/asm/src/testing/run.ts";
import { RECORD, STREAM } from "../records.ts";
import { record } from "../testing/records.ts";
import { RELAY } from "./common.ts";
import { relayOut } from "./relay-out.ts";

const workshop = new Workshop();
afterAll(() => workshop.remove());

const utf8 = (text: string) => new TextEncoder().encode(text);
const grant = (stream: number, bytes: number) => record(RECORD.grant, stream, bytes);

/** The next frame of the host's end. */
async function frame(host: End): Promise<Frame> {
  const header = await host.take(HEADER_LENGTH);
  const payload = await host.take(new DataView(header.buffer).getUint32(0, true));
  const decoder = new Decoder();
  const [frame] = [...decoder.push(header), ...decoder.push(payload)];
  decoder.end();
  if (frame === undefined) throw new Error("a header and its payload are no frame");
  return frame;
}

describe.each(architectures)("relay-out on %s", (arch) => {
  const program = workshop.place(programOf(relayOut), arch);

  /** `stdout` and `stderr` are read ends. */
  function relayOf(context: TestContext, stdout: number, stderr: number, port?: number) {
    const prefix = emulator(context, arch);
    const [host, records] = [socketPair(), pipeTo()];
    const theirs = [records.theirs, stdout, stderr];
    const running = start([...prefix, program], [port ?? host.theirs, ...theirs]);
    for (const fd of [host.theirs, ...theirs]) closeSync(fd);
    return { ...running, host: host.ours, records: records.ours };
  }

  /** The test is the command. */
  function relay(context: TestContext, port?: number) {
    const [stdout, stderr] = [pipeTo(1 << 20), pipeTo(1 << 20)];
    const running = relayOf(context, stdout.theirs, stderr.theirs, port);
    return { ...running, stdout: stdout.ours, stderr: stderr.ours };
  }

  test("sends as much of a stream as the host allows", async (context) => {
    const { host, records, stdout, ended } = relay(context);
    await stdout.put(utf8("hello"));
    expect(await host.quiet()).toBe(true);
    await records.put(grant(STREAM.stdout, 2));
    expect(await frame(host)).toEqual({ kind: "data", stream: "stdout", bytes: utf8("he") });
    expect(await host.quiet()).toBe(true);
    await records.put(grant(STREAM.stderr, 100));
    expect(await host.quiet()).toBe(true);
    await records.put(grant(STREAM.stdout, 100));
    expect(await frame(host)).toEqual({ kind: "data", stream: "stdout", bytes: utf8("llo") });
    records.close();
    expect(await ended).toBe(RELAY.done);
  });

  test("keeps the streams apart, and ends each when its writers are gone", async (context) => {
    const { host, records, stdout, stderr, ended } = relay(context);
    await records.put(grant(STREAM.stdout, 100));
    await records.put(grant(STREAM.stderr, 100));
    await stderr.put(utf8("err"));
    expect(await frame(host)).toEqual({ kind: "data", stream: "stderr", bytes: utf8("err") });
    stderr.close();
    expect(await frame(host)).toEqual({ kind: "eof", stream: "stderr" });
    await stdout.put(utf8("out"));
    expect(await frame(host)).toEqual({ kind: "data", stream: "stdout", bytes: utf8("out") });
    stdout.close();
    expect(await frame(host)).toEqual({ kind: "eof", stream: "stdout" });
    // It goes on without streams: more events may come.
    await records.put(record(RECORD.synced));
    expect(await frame(host)).toEqual({ kind: "event", event: { kind: "synced" } });
    records.close();
    expect(await ended).toBe(RELAY.done);
  });

  test("sends the end of a stream behind all of its data", async (context) => {
    const { host, records, stdout, ended } = relay(context);
    await stdout.put(utf8("abc"));
    stdout.close();
    await records.put(grant(STREAM.stdout, 1));
    expect(await frame(host)).toEqual({ kind: "data", stream: "stdout", bytes: utf8("a") });
    await records.put(grant(STREAM.stdout, 9));
    expect(await frame(host)).toEqual({ kind: "data", stream: "stdout", bytes: utf8("bc") });
    expect(await frame(host)).toEqual({ kind: "eof", stream: "stdout" });
    records.close();
    expect(await ended).toBe(RELAY.done);
  });

  test("sends events on, which an unread stdout does not hold up", async (context) => {
    const { host, records, stdout, ended } = relay(context);
    stdout.fill();
    await records.put(record(RECORD.started, 0, 42));
    expect(await frame(host)).toEqual({ kind: "event", event: { kind: "started", pid: 42 } });
    records.close();
    expect(await ended).toBe(RELAY.done);
  });

  test("gives the host credit for what the command took, and the end of its stdin", async (context) => {
    const { host, records, ended } = relay(context);
    await records.put(record(RECORD.consumed, STREAM.stdin, 70_000));
    await records.put(record(RECORD.feedEnded, STREAM.stdin));
    expect(await frame(host)).toEqual({ kind: "credit", stream: "stdin", bytes: 70_000 });
    expect(await frame(host)).toEqual({ kind: "close", stream: "stdin" });
    records.close();
    expect(await ended).toBe(RELAY.done);
  });

  test("sends events on as they are", async (context) => {
    const { host, records, ended } = relay(context);
    const events: readonly (readonly [Uint8Array, GuestEvent])[] = [
      [record(RECORD.mark, 3, 1n << 60n), { kind: "mark", index: 3, ns: 1n << 60n }],
      [record(RECORD.failed, 9, 2), { kind: "failed", call: 9, errno: 2 }],
      [record(RECORD.exited, 0, 0x700), { kind: "exited", status: 7 }],
    ];
    for (const [bytes, event] of events) {
      await records.put(bytes);
      expect(await frame(host)).toEqual({ kind: "event", event });
    }
    records.close();
    expect(await ended).toBe(RELAY.done);
  });

  test("a stream that the host closes is over, and its writer gets EPIPE", async (context) => {
    const { host, records, stdout, ended } = relay(context);
    await stdout.put(utf8("unread"));
    await records.put(record(RECORD.closed, STREAM.stdout));
    expect(await frame(host)).toEqual({ kind: "eof", stream: "stdout" });
    await expect(stdout.put(utf8("more"))).rejects.toThrow("EPIPE");
    // The host may say so twice, and give credit for what it had read.
    await records.put(record(RECORD.closed, STREAM.stdout));
    await records.put(grant(STREAM.stdout, 6));
    await records.put(record(RECORD.synced));
    expect(await frame(host)).toEqual({ kind: "event", event: { kind: "synced" } });
    records.close();
    expect(await ended).toBe(RELAY.done);
  });

  test("the command's exit ends streams that others still hold open, when they are empty", async (context) => {
    const { host, records, stdout, stderr, ended } = relay(context);
    await records.put(grant(STREAM.stdout, 100));
    await records.put(grant(STREAM.stderr, 3));
    await stderr.put(utf8("error"));
    expect(await frame(host)).toEqual({ kind: "data", stream: "stderr", bytes: utf8("err") });
    await records.put(record(RECORD.exited, 0, 0));
    const exited: GuestEvent = { kind: "exited", status: 0 };
    expect(await frame(host)).toEqual({ kind: "event", event: exited });
    expect(await frame(host)).toEqual({ kind: "eof", stream: "stdout" });
    await expect(stdout.put(utf8("late"))).rejects.toThrow("EPIPE");
    // A process that the command left behind writes on; what the command wrote is all that is sent.
    await stderr.put(utf8("late"));
    expect(await host.quiet()).toBe(true);
    await records.put(grant(STREAM.stderr, 100));
    expect(await frame(host)).toEqual({ kind: "data", stream: "stderr", bytes: utf8("or") });
    expect(await frame(host)).toEqual({ kind: "eof", stream: "stderr" });
    records.close();
    expect(await ended).toBe(RELAY.done);
  });

  test("the command's exit leaves streams open that are to be held", async (context) => {
    const { host, records, stdout, ended } = relay(context);
    await records.put(grant(STREAM.stdout, 100));
    await records.put(record(RECORD.hold));
    await records.put(record(RECORD.exited, 0, 15));
    const exited: GuestEvent = { kind: "exited", signal: 15 };
    expect(await frame(host)).toEqual({ kind: "event", event: exited });
    expect(await host.quiet()).toBe(true);
    await stdout.put(utf8("teardown"));
    expect(await frame(host)).toEqual({ kind: "data", stream: "stdout", bytes: utf8("teardown") });
    await records.put(record(RECORD.drain));
    expect(await frame(host)).toEqual({ kind: "eof", stream: "stdout" });
    records.close();
    expect(await ended).toBe(RELAY.done);
  });

  test("moves megabytes of both streams within their windows", async (context) => {
    const random = new Random(3);
    const sent = { stdout: random.bytes(5_000_000), stderr: random.bytes(3_000_000) };
    // Processes of their own: while the port is full, splice(2) holds the lock of the pipe, and even
    // a writer that asked for O_NONBLOCK waits (fs/splice.c, splice_to_socket).
    const [stdout, stderr] = [pipe(1 << 20), pipe(1 << 20)];
    start(["cat", workshop.file(sent.stdout)], ["ignore", stdout.write]);
    start(["cat", workshop.file(sent.stderr)], ["ignore", stderr.write]);
    for (const { write } of [stdout, stderr]) closeSync(write);
    const { host, records, ended } = relayOf(context, stdout.read, stderr.read);
    const window = 300_000;
    await records.put(grant(STREAM.stdout, window));
    await records.put(grant(STREAM.stderr, window));
    const come = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
    const open = new Set(["stdout", "stderr"]);
    while (open.size > 0) {
      const next = await frame(host);
      if (next.kind === "eof") open.delete(next.stream);
      else if (next.kind === "data" && (next.stream === "stdout" || next.stream === "stderr")) {
        expect(next.bytes.length).toBeLessThanOrEqual(window);
        come[next.stream].push(next.bytes);
        await records.put(grant(STREAM[next.stream], next.bytes.length));
      } else throw new Error(`an unexpected ${next.kind} frame`);
    }
    expect(Buffer.compare(Buffer.concat(come.stdout), sent.stdout)).toBe(0);
    expect(Buffer.compare(Buffer.concat(come.stderr), sent.stderr)).toBe(0);
    records.close();
    expect(await ended).toBe(RELAY.done);
  });

  test("ends when the port takes nothing any more", async (context) => {
    const { host, records, ended } = relay(context);
    host.close();
    await records.put(record(RECORD.synced));
    expect(await ended).toBe(RELAY.io);
    const port = openSync("/dev/null", "r");
    const other = relay(context, port);
    await other.records.put(record(RECORD.synced));
    expect(await other.ended).toBe(RELAY.io);
    closeSync(port);
  });
});
