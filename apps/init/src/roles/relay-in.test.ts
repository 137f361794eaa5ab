import { closeSync, constants, openSync } from "node:fs";
import { programOf } from "@vimto/asm";
import { architectures } from "@vimto/linux";
import {
  encodeClose,
  encodeCredit,
  encodeData,
  encodeEof,
  encodeEvent,
  encodeOrder,
  HEADER_LENGTH,
  STDIN_WINDOW,
} from "@vimto/protocol/frames";
import { afterAll, describe, expect, type TestContext, test } from "vitest";
import {
  blocking,
  End,
  pipeFrom,
  socketPair,
} from "../../../../libs/asm/src/testing/descriptors.ts";
import { Random } from "../../../../libs/asm/src/testing/random.ts";
import { emulator, start, Workshop } from "../../../../libs/asm/src/testing/run.ts";
import { RECORD, STREAM } from "../records.ts";
import { nextRecord } from "../testing/records.ts";
import { RELAY } from "./common.ts";
import { relayIn } from "./relay-in.ts";

const workshop = new Workshop();
afterAll(() => workshop.remove());

const signal = encodeOrder({ kind: "signal", pid: -300, signal: 15 });
const order = signal.subarray(HEADER_LENGTH);

describe.each(architectures)("relay-in on %s", (arch) => {
  const program = workshop.place(programOf(relayIn), arch);

  /** `port`: what it gets for its port, else a socket whose other end is `host`. */
  function relay(context: TestContext, port?: number) {
    const prefix = emulator(context, arch);
    const host = socketPair();
    const [records, orders] = [pipeFrom(), pipeFrom()];
    const [stdin, script, hook] = [pipeFrom(1 << 20), pipeFrom(1 << 20), pipeFrom(1 << 20)];
    const theirs = [records, orders, stdin, script, hook].map((pipe) => pipe.theirs);
    const running = start([...prefix, program], [port ?? host.theirs, ...theirs]);
    for (const fd of [host.theirs, ...theirs]) closeSync(fd);
    return {
      ...running,
      host: host.ours,
      records: records.ours,
      orders: orders.ours,
      stdin: stdin.ours,
      script: script.ours,
      hook: hook.ours,
    };
  }

  test("passes orders on without their header, however they arrive", async (context) => {
    const { host, orders, ended } = relay(context);
    for (const byte of signal) await host.put(Uint8Array.of(byte));
    expect(await orders.take(order.length)).toEqual(order);
    host.close();
    expect(await ended).toBe(RELAY.done);
  });

  test("gives stdin and the scripts their bytes, without headers", async (context) => {
    const { host, stdin, script, hook, ended } = relay(context);
    const bytes = new Random(1).bytes(300_000);
    await host.put(encodeData("stdin", bytes.subarray(0, 1)));
    await host.put(encodeData("script", bytes.subarray(0, 100_000)));
    await host.put(encodeData("hook", bytes.subarray(5, 9)));
    await host.put(encodeData("stdin", bytes.subarray(1)));
    expect(Buffer.compare(await stdin.take(bytes.length), bytes)).toBe(0);
    expect(Buffer.compare(await script.take(100_000), bytes.subarray(0, 100_000))).toBe(0);
    expect(await hook.take(4)).toEqual(bytes.subarray(5, 9));
    await host.put(encodeEof("stdin"));
    expect(await stdin.rest()).toEqual(new Uint8Array(0));
    // Only stdin is over.
    await host.put(encodeData("script", bytes.subarray(0, 3)));
    expect(await script.take(3)).toEqual(bytes.subarray(0, 3));
    host.close();
    expect(await ended).toBe(RELAY.done);
  });

  test("tells relay-out of credit and of streams that the host closes", async (context) => {
    const { host, records, ended } = relay(context);
    await host.put(encodeCredit("stdout", 0xffff_ffff));
    await host.put(encodeClose("stderr"));
    const grant = { kind: RECORD.grant, a: STREAM.stdout, b: 0xffff_ffffn };
    expect(await nextRecord(records)).toEqual(grant);
    expect(await nextRecord(records)).toEqual({ kind: RECORD.closed, a: STREAM.stderr, b: 0n });
    host.close();
    expect(await ended).toBe(RELAY.done);
  });

  test("drops stdin that nobody reads, and goes on", async (context) => {
    const { host, stdin, orders, ended } = relay(context);
    stdin.close();
    await host.put(encodeData("stdin", new Uint8Array(200_000)));
    await host.put(encodeData("stdin", new Uint8Array(5)));
    await host.put(signal);
    expect(await orders.take(order.length)).toEqual(order);
    host.close();
    expect(await ended).toBe(RELAY.done);
  });

  test("has room for a window of stdin that nobody takes, and passes an order on", async (context) => {
    const { host, stdin, orders, ended } = relay(context);
    await host.put(encodeData("stdin", new Uint8Array(STDIN_WINDOW)));
    await host.put(signal);
    expect(await orders.take(order.length)).toEqual(order);
    expect((await stdin.take(STDIN_WINDOW)).length).toBe(STDIN_WINDOW);
    host.close();
    expect(await ended).toBe(RELAY.done);
  });

  test("drops what comes for stdin behind its end, and goes on", async (context) => {
    const { host, orders, ended } = relay(context);
    await host.put(encodeEof("stdin"));
    await host.put(encodeData("stdin", new Uint8Array(5)));
    await host.put(encodeEof("stdin"));
    await host.put(signal);
    expect(await orders.take(order.length)).toEqual(order);
    host.close();
    expect(await ended).toBe(RELAY.done);
  });

  test("drops a script whose launcher is gone, and goes on", async (context) => {
    const { host, script, orders, ended } = relay(context);
    script.close();
    await host.put(encodeData("script", new Uint8Array(200_000)));
    await host.put(signal);
    expect(await orders.take(order.length)).toEqual(order);
    host.close();
    expect(await ended).toBe(RELAY.done);
  });

  test("ends when the host is gone, inside a frame too", async (context) => {
    for (const cut of [0, 1, 7, 8, 11]) {
      const { host, ended } = relay(context);
      await host.put(signal.subarray(0, cut));
      if (cut === 0) await host.put(signal);
      host.close();
      expect(await ended, `cut at ${cut}`).toBe(RELAY.done);
    }
  });

  test("ends when guest init is gone", async (context) => {
    const { host, orders, ended } = relay(context);
    orders.close();
    await host.put(signal);
    expect(await ended).toBe(RELAY.done);
  });

  const wrong: readonly (readonly [string, Uint8Array])[] = [
    ["of an unknown type", Uint8Array.of(0, 0, 0, 0, 8, 0, 0, 0)],
    ["of the guest's own kind", encodeEvent({ kind: "synced" })],
    ["with data for stdout", encodeData("stdout", Uint8Array.of(1))],
    ["that ends another stream than stdin", encodeEof("tty")],
  ];
  test("ends at a frame that the host may not send", async (context) => {
    for (const [what, frame] of wrong) {
      const { host, ended } = relay(context);
      await host.put(frame);
      expect(await ended, `a frame ${what}`).toBe(RELAY.wire);
    }
  });

  test("waits for a host that is not connected yet", async (context) => {
    // A FIFO is at its end, like the port, until somebody opens it for writing; then it blocks.
    const path = `${workshop.directory}/fifo-${arch}`;
    expect(Bun.spawnSync(["mkfifo", path]).exitCode).toBe(0);
    const port = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    blocking(port);
    const { orders, ended } = relay(context, port);
    expect(await orders.quiet()).toBe(true);
    const host = new End(openSync(path, "w"));
    await host.put(signal);
    expect(await orders.take(order.length)).toEqual(order);
    host.close();
    expect(await ended).toBe(RELAY.done);
    closeSync(port);
  });

  test("ends when the port cannot be read", async (context) => {
    const port = openSync("/dev/null", "w");
    expect(await relay(context, port).ended).toBe(RELAY.io);
    closeSync(port);
  });
});
