import { expect, test } from "vitest";
import { WireError } from "./error.ts";
import { parseOrder } from "./orders.ts";

function payload(kind: number, a: number, b: bigint): Uint8Array {
  // One byte in front, so that nothing may count on alignment.
  const bytes = new Uint8Array(17);
  const view = new DataView(bytes.buffer, 1);
  view.setUint32(0, kind, true);
  view.setUint32(4, a, true);
  view.setBigInt64(8, b, true);
  return bytes.subarray(1);
}

const named = (pid: string) =>
  `a signal order names ${pid}: it must be a process, or a process group by its minus`;

const bad: readonly [string, number, number, bigint, string][] = [
  ["no kind", 0, 0, 0n, "order kind 0 is unknown"],
  ["a kind above the orders", 6, 0, 0n, "order kind 6 is unknown"],
  ["a signal for guest init's own group", 1, 15, 0n, named("0")],
  ["a signal for everybody", 1, 15, -1n, named("-1")],
  ["a process that cannot be", 1, 15, 1n << 31n, named("2147483648")],
  ["signal 0", 1, 0, 5n, "a signal order has signal 0: 1 to 64"],
  ["signal 65", 1, 65, 5n, "a signal order has signal 65: 1 to 64"],
  ["a run with a b", 3, 5, 1n, "a run order has 1 for its b instead of 0"],
  ["a hold with an a", 2, 1, 0n, "a hold order has 1 and 0 instead of 0 and 0"],
  ["a finish with a b", 4, 0, 1n, "a finish order has 0 and 1 instead of 0 and 0"],
  ["a clock with a b", 5, 0, -1n, "a clock order has 0 and -1 instead of 0 and 0"],
];

test.each(bad)("%s is refused", (_, kind, a, b, message) => {
  expect(() => parseOrder(payload(kind, a, b))).toThrow(new WireError("order", message));
});

test("the outermost values are none of these", () => {
  expect(parseOrder(payload(1, 64, -0x7fff_ffffn))).toEqual({
    kind: "signal",
    pid: -0x7fff_ffff,
    signal: 64,
  });
  expect(parseOrder(payload(3, 0xffff_ffff, 0n))).toEqual({ kind: "run", id: 0xffff_ffff });
});
