import {
  bootMoments,
  encodeControl,
  encodeEvent,
  encodeOrder,
  type Frame,
  PROTOCOL_VERSION,
} from "@vimto/protocol/frames";
import { expect, test } from "vitest";
import type { Failure } from "../failure.ts";
import { Connection } from "../system/connection.ts";
import { socketPair } from "../system/libc.ts";
import { Channel } from "./channel.ts";

const hello = encodeControl({
  kind: "hello",
  version: PROTOCOL_VERSION,
  release: "6.1",
  arch: "x86_64",
  guestInit: "0",
});
const mark = (index: number) => encodeEvent({ kind: "mark", index, ns: 5n });
const last = bootMoments.length - 1;

/** A channel whose guest is the test. */
async function channel(greeted = false) {
  const [a, b] = socketPair();
  const [host, guest] = await Promise.all([Connection.adopt(a), Connection.adopt(b)]);
  const seen: { moments: number[]; frames: Frame[] } = { moments: [], frames: [] };
  const fault = Promise.withResolvers<Failure>();
  const made = new Channel(host, greeted, {
    moment: (index) => seen.moments.push(index),
    frame: (frame) => seen.frames.push(frame),
    fault: fault.resolve,
  });
  return { ...seen, channel: made, guest, fault: fault.promise };
}

test("is up with the last moment of the boot", async () => {
  const { channel: host, guest, moments } = await channel();
  expect(host.isHeard).toBe(false);
  guest.write(hello);
  await host.heard;
  for (let index = 0; index <= last; index++) guest.write(mark(index));
  await host.up;
  expect(moments).toEqual([...bootMoments.keys()]);
});

test("is up at once for a guest that has said hello before", async () => {
  const { channel: host, guest, frames } = await channel(true);
  await host.up;
  guest.write(encodeEvent({ kind: "started", pid: 7 }));
  await host.heard;
  expect(frames).toEqual([{ kind: "event", event: { kind: "started", pid: 7 } }]);
});

test("asks for the guest's clock", async () => {
  const { channel: host, guest } = await channel(true);
  guest.onData(() => guest.write(encodeEvent({ kind: "clock", ns: 1_500_000n })));
  expect(await host.clock()).toBe(1.5);
});

test.each([
  [
    "another first frame",
    false,
    [mark(0)],
    "the guest's first frame is an event frame instead of a hello",
  ],
  ["hello twice", false, [hello, hello], "the guest said hello twice"],
  ["hello of a clone", true, [hello], "the guest said hello twice"],
  ["an order", true, [encodeOrder({ kind: "hold" })], "the guest sent an order"],
  ["no frame at all", true, [new Uint8Array(8).fill(0xff)], "frame type 255 is unknown"],
])("a guest that breaks the protocol: %s", async (_, greeted, sent, why) => {
  const { guest, fault } = await channel(greeted);
  for (const bytes of sent) guest.write(bytes);
  expect(await fault).toMatchObject({
    code: "channel",
    message: `the channel to the guest broke: ${why}`,
  });
});
