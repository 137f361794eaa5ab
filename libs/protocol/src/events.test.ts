import { expect, test } from "vitest";
import { WireError } from "./error.ts";
import { type GuestEvent, parseEvent } from "./events.ts";

function payload(kind: number, a: number, b: bigint): Uint8Array {
  // One byte in front, so that nothing may count on alignment.
  const bytes = new Uint8Array(17);
  const view = new DataView(bytes.buffer, 1);
  view.setUint32(0, kind, true);
  view.setUint32(4, a, true);
  view.setBigUint64(8, b, true);
  return bytes.subarray(1);
}

const good: readonly [string, number, number, bigint, GuestEvent][] = [
  ["status 0", 16, 0, 0n, { kind: "exited", status: 0 }],
  ["status 255", 16, 0, 0xff00n, { kind: "exited", status: 255 }],
  ["a signal", 16, 0, 15n, { kind: "exited", signal: 15 }],
  ["a signal with a core dump", 16, 0, 0x8bn, { kind: "exited", signal: 11 }],
  ["the last real-time signal", 16, 0, 64n, { kind: "exited", signal: 64 }],
  ["the largest errno", 17, 0xffff_ffff, 4095n, { kind: "failed", call: 0xffff_ffff, errno: 4095 }],
  ["the largest pid", 18, 0, 0x7fff_ffffn, { kind: "started", pid: 0x7fff_ffff }],
  ["an unwritten", 23, 0, 0n, { kind: "unwritten" }],
  ["a synced", 19, 0, 0n, { kind: "synced" }],
  ["a run that exited", 21, 0xffff_ffff, 0x100n, { kind: "ran", id: 0xffff_ffff, status: 1 }],
  ["a run that a signal ended", 21, 0, 9n, { kind: "ran", id: 0, signal: 9 }],
  ["a clock", 22, 0, 1n, { kind: "clock", ns: 1n }],
  [
    "the last nanosecond",
    20,
    0xffff_ffff,
    0xffff_ffff_ffff_ffffn,
    { kind: "mark", index: 0xffff_ffff, ns: 0xffff_ffff_ffff_ffffn },
  ],
];

test.each(good)("%s", (_, kind, a, b, event) => {
  expect(parseEvent(payload(kind, a, b))).toEqual(event);
});

const noEnd = (status: string) =>
  `an exited event has ${status} for its wait status, which is no end of a process`;

const bad: readonly [string, number, number, bigint, string][] = [
  ["a kind below the events", 5, 0, 0n, "event kind 5 is unknown"],
  ["a kind above the events", 24, 0, 0n, "event kind 24 is unknown"],
  ["an exited with an a", 16, 2, 0n, "an exited event has 2 for its a instead of 0"],
  ["a run that stopped", 21, 2, 0x137fn, noEnd("4991").replace("an exited", "a ran")],
  ["a clock with an a", 22, 1, 1n, "a clock event has 1 for its a instead of 0"],
  ["a process that stopped", 16, 0, 0x137fn, noEnd("4991")],
  ["a process that was continued", 16, 0, 0xffffn, noEnd("65535")],
  ["a core dump without a signal", 16, 0, 0x80n, noEnd("128")],
  ["a status and a signal", 16, 0, 0x0109n, noEnd("265")],
  ["a wait status of 17 bits", 16, 0, 0x1_0000n, noEnd("65536")],
  ["a failure without errno", 17, 0, 0n, "a failed event has 0 for its errno: 1 to 4095"],
  ["a number that is no errno", 17, 0, 4096n, "a failed event has 4096 for its errno: 1 to 4095"],
  ["process 0", 18, 0, 0n, "a started event has 0 for its pid: 1 to 2147483647"],
  [
    "a failed clone",
    18,
    0,
    0xffff_ffff_ffff_fff5n,
    "a started event has 18446744073709551605 for its pid: 1 to 2147483647",
  ],
  ["a started with an a", 18, 1, 1n, "a started event has 1 for its a instead of 0"],
  ["a synced with an a", 19, 1, 0n, "a synced event has 1 and 0 instead of 0 and 0"],
  ["an unwritten with an a", 23, 1, 0n, "an unwritten event has 1 and 0 instead of 0 and 0"],
  ["a synced with a b", 19, 0, 2n, "a synced event has 0 and 2 instead of 0 and 0"],
];

test.each(bad)("%s is refused", (_, kind, a, b, message) => {
  expect(() => parseEvent(payload(kind, a, b))).toThrow(new WireError("event", message));
});
