import { describe, expect, test } from "vitest";
import type { Frame } from "./decode.ts";
import { WireError, type WireErrorCode } from "./error.ts";
import { type Hello, parseHello } from "./messages.ts";

const hello: Hello = {
  kind: "hello",
  version: 2,
  release: "6.1.0-56-amd64",
  arch: "x86_64",
  guestInit: "0.1.0",
};

const says = (json: unknown): Frame => ({ kind: "control", json });

test("the guest's first frame is a hello of our version", () => {
  expect(parseHello(says(JSON.parse(JSON.stringify(hello))))).toEqual(hello);
});

const instead = (what: string) => `the guest's first message is "${what}" instead of a hello`;
const malformed = (what: string) => `the guest's hello is malformed: ${what}`;

const bad: readonly [unknown, WireErrorCode, string][] = [
  [null, "handshake", instead("null")],
  [[1, 2], "handshake", instead("[1,2]")],
  [{ kind: 3 }, "handshake", instead('{"kind":3}')],
  ["x".repeat(99), "handshake", instead(`${"x".repeat(60)}...`)],
  [{ kind: "constructor" }, "handshake", instead('{"kind":"constructor"}')],
  [
    { ...hello, release: 6.1 },
    "message",
    malformed("release: Invalid input: expected string, received number"),
  ],
  [
    { ...hello, bootId: "0f7c2b8e-3d1a-4c55-9e02-aabbccddeeff" },
    "message",
    malformed('Unrecognized key: "bootId"'),
  ],
  [{ ...hello, "\u001b[2J": 1 }, "message", malformed('Unrecognized key: "\\u001b[2J"')],
  [
    { kind: "hello", version: 1, anything: true },
    "version",
    "guest init speaks version 1 of the channel protocol and this vimto speaks version 2: " +
      "vimto flush-cache removes what another vimto has left",
  ],
];

test.each(bad)("the guest's %o is refused", (json, code, message) => {
  expect(() => parseHello(says(json))).toThrow(new WireError(code, message));
});

test("nesting that would overflow the stack when printed is refused like the rest", () => {
  const deep: unknown = JSON.parse("[".repeat(200_000) + "]".repeat(200_000));
  expect(() => parseHello(says(deep))).toThrow(new WireError("handshake", instead("[[[...")));
});

test("a key of a megabyte does not make a sentence of a megabyte", () => {
  const key = "k".repeat(1_000_000);
  expect(() => parseHello(says({ ...hello, [key]: 1 }))).toThrow(
    malformed(`Unrecognized key: "${"k".repeat(181)}...`),
  );
});

describe("frames that are no handshake", () => {
  const frames: readonly [Frame, string][] = [
    [{ kind: "eof", stream: "stdout" }, "an eof frame on stdout"],
    [{ kind: "event", event: { kind: "synced" } }, "an event frame"],
    [{ kind: "order", order: { kind: "hold" } }, "an order frame"],
  ];
  test.each(frames)("%o", (frame, what) => {
    expect(() => parseHello(frame)).toThrow(
      new WireError("handshake", `the guest's first frame is ${what} instead of a hello`),
    );
  });
});
