import { expect, test } from "vitest";
import type { Frame } from "./decode.ts";
import {
  encodeClose,
  encodeControl,
  encodeCredit,
  encodeData,
  encodeEof,
  encodeEvent,
  encodeOrder,
} from "./encode.ts";
import type { GuestEvent } from "./events.ts";
import type { Hello } from "./messages.ts";
import type { Order } from "./orders.ts";
import { concat, decode, joined, outcome } from "./testing/frames.ts";
import { Random, seeds } from "./testing/random.ts";

const streams = ["stdin", "stdout", "stderr", "tty"] as const;

function randomEvent(random: Random): GuestEvent {
  const a = random.below(0x1_0000_0000);
  return random.pick<GuestEvent>([
    { kind: "exited", status: random.below(256) },
    { kind: "exited", signal: 1 + random.below(126) },
    { kind: "ran", id: a, status: random.below(256) },
    { kind: "clock", ns: BigInt(a) * 0xffff_ffffn },
    { kind: "failed", call: a, errno: 1 + random.below(4095) },
    { kind: "started", pid: 1 + random.below(0x7fff_ffff) },
    { kind: "synced" },
    { kind: "unwritten" },
    { kind: "mark", index: a, ns: BigInt(a) * 0xffff_ffffn },
  ]);
}

function randomOrder(random: Random): Order {
  const pid = (1 + random.below(0x7fff_ffff)) * random.pick([1, -1]);
  return random.pick<Order>([
    { kind: "signal", pid: pid === -1 ? 2 : pid, signal: 1 + random.below(64) },
    { kind: "run", id: random.below(0x1_0000_0000) },
    { kind: "hold" },
    { kind: "finish" },
    { kind: "clock" },
  ]);
}

function randomFrame(random: Random): { bytes: Uint8Array; frame: Frame } {
  const stream = random.pick(streams);
  switch (random.below(7)) {
    case 0: {
      const text = String.fromCodePoint(...random.bytes(1 + random.below(40)));
      const json: Hello = {
        kind: "hello",
        version: 2,
        arch: "x86_64",
        guestInit: "0.1.0",
        release: text,
      };
      return { bytes: encodeControl(json), frame: { kind: "control", json } };
    }
    case 1:
      return { bytes: encodeEof(stream), frame: { kind: "eof", stream } };
    case 2: {
      const bytes = 1 + random.below(0xffff_ffff);
      return { bytes: encodeCredit(stream, bytes), frame: { kind: "credit", stream, bytes } };
    }
    case 3:
      return { bytes: encodeClose(stream), frame: { kind: "close", stream } };
    case 4: {
      const event = randomEvent(random);
      return { bytes: encodeEvent(event), frame: { kind: "event", event } };
    }
    case 5: {
      const order = randomOrder(random);
      return { bytes: encodeOrder(order), frame: { kind: "order", order } };
    }
    default: {
      const stream = random.pick([...streams, "script", "hook"] as const);
      const bytes = random.bytes(1 + random.below(random.pick([4, 40, 4000])));
      return { bytes: encodeData(stream, bytes), frame: { kind: "data", stream, bytes } };
    }
  }
}

function randomChunks(random: Random, bytes: Uint8Array): Uint8Array[] {
  const longest = random.pick([1, 7, 100, 5000]);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + random.below(longest + 1);
    chunks.push(bytes.subarray(at, end));
    at = end;
  }
  return chunks;
}

test("random frames come back whatever the cuts", () => {
  for (const seed of seeds()) {
    const random = new Random(seed);
    const made = Array.from({ length: 1 + random.below(40) }, () => randomFrame(random));
    const frames = made.map(({ frame }) => frame);
    const chunks = randomChunks(random, concat(made.map(({ bytes }) => bytes)));
    expect(decode(chunks), `seed ${seed}`).toEqual(frames);
    expect(joined(decode(chunks, { data: "pieces" })), `seed ${seed}`).toEqual(joined(frames));
  }
});

test("random bytes give the same frames and the same fault whatever the cuts", () => {
  for (const seed of seeds()) {
    const random = new Random(seed);
    const bytes = random.bytes(8 + random.below(200));
    // Half of the runs get past the first header.
    if (random.below(2) === 0) bytes.set([random.below(9), 0, 0, 0, 1 + random.below(6), 1, 0, 0]);
    expect(outcome(randomChunks(random, bytes)), `seed ${seed}`).toEqual(outcome([bytes]));
  }
});

test("one flipped bit gives the same frames and the same fault whatever the cuts", () => {
  for (const seed of seeds()) {
    const random = new Random(seed);
    const bytes = concat(Array.from({ length: 10 }, () => randomFrame(random).bytes));
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    expect(outcome(randomChunks(random, bytes)), `seed ${seed}`).toEqual(outcome([bytes]));
  }
});
