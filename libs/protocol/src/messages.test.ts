import { describe, expect, test } from "vitest";
import { encodeControl } from "./encode.ts";
import { WireError, type WireErrorCode } from "./error.ts";
import { MAX_CONTROL_LENGTH } from "./header.ts";
import {
  type GuestMessage,
  type Hello,
  type HostMessage,
  parseGuestMessage,
  parseHello,
  parseHostMessage,
} from "./messages.ts";
import { decode } from "./testing/frames.ts";

const hello: Hello = {
  kind: "hello",
  version: 1,
  release: "6.1.0-56-amd64",
  arch: "x86_64",
  guestInit: "0.1.0",
  marks: [{ name: "kernel", ms: 812.5 }],
};

const fromGuest: GuestMessage[] = [
  hello,
  { kind: "ran", id: 0, status: 0 },
  { kind: "ran", id: 7, status: 255 },
  { kind: "ran", id: 8, signal: 9 },
  { kind: "failed", step: "load 9p.ko", errno: "ENODEV", message: "no such device" },
  { kind: "failed", step: "relay-out", message: "ended with status 74" },
  { kind: "note", level: "warn", text: "no bpf file system" },
  { kind: "clock", ms: 1795401183559.71 },
  { kind: "bye" },
];

const fromHost: HostMessage[] = [
  { kind: "run", id: 7, script: "AAAAAAAAAAA=" },
  { kind: "signal", pid: 300, signal: 15 },
  { kind: "signal", pid: -300, signal: 2 },
  { kind: "hold" },
  { kind: "finish" },
  { kind: "clock" },
  { kind: "resize", rows: 24, cols: 80 },
];

test.each(fromGuest)("guest message $kind", (message) => {
  expect(parseGuestMessage(JSON.parse(JSON.stringify(message)))).toEqual(message);
});

test.each(fromHost)("host message $kind", (message) => {
  expect(parseHostMessage(JSON.parse(JSON.stringify(message)))).toEqual(message);
});

const malformed = (kind: string, what: string) =>
  `the control message "${kind}" from the guest is malformed: ${what}`;

const badFromGuest: readonly [unknown, WireErrorCode, string][] = [
  [null, "message", 'a control message from the guest has no kind: "null"'],
  [[1, 2], "message", 'a control message from the guest has no kind: "[1,2]"'],
  [{ kind: 3 }, "message", 'a control message from the guest has no kind: "{"kind":3}"'],
  [
    "x".repeat(99),
    "message",
    `a control message from the guest has no kind: "${"x".repeat(60)}..."`,
  ],
  [{ kind: "hold" }, "message", 'a control message from the guest has the unknown kind "hold"'],
  [
    { kind: "constructor" },
    "message",
    'a control message from the guest has the unknown kind "constructor"',
  ],
  [
    { ...hello, release: 6.1 },
    "message",
    malformed("hello", "release: Invalid input: expected string, received number"),
  ],
  [
    { ...hello, bootId: "0f7c2b8e-3d1a-4c55-9e02-aabbccddeeff" },
    "message",
    malformed("hello", 'Unrecognized key: "bootId"'),
  ],
  [
    { kind: "ran", id: 1 },
    "message",
    malformed("ran", "must have an id, and either a status of 0 to 255 or a signal of 1 to 64"),
  ],
  [
    { kind: "ran", id: 1, status: 1, signal: 9 },
    "message",
    malformed("ran", "must have an id, and either a status of 0 to 255 or a signal of 1 to 64"),
  ],
  [
    { kind: "failed", step: "x", errno: "2", message: "x" },
    "message",
    malformed("failed", "errno: must be the name of an errno"),
  ],
  [
    { ...hello, marks: [{ name: "kernel", ms: "1" }] },
    "message",
    malformed("hello", "marks.0.ms: Invalid input: expected number, received string"),
  ],
  [
    { kind: "note", level: "warn", text: "x", "\u001b[2J": 1 },
    "message",
    malformed("note", 'Unrecognized key: "\\u001b[2J"'),
  ],
  [
    { kind: "hello", version: 2, anything: true },
    "version",
    "guest init speaks version 2 of the channel protocol and this vimto speaks version 1: " +
      "delete vimto's cache directory, so that it unpacks its own guest init again",
  ],
];

test.each(badFromGuest)("the guest's %o is refused", (json, code, message) => {
  expect(() => parseGuestMessage(json)).toThrow(new WireError(code, message));
});

test("nesting that would overflow the stack when printed is refused like the rest", () => {
  const deep: unknown = JSON.parse("[".repeat(200_000) + "]".repeat(200_000));
  expect(() => parseGuestMessage(deep)).toThrow(
    new WireError("message", 'a control message from the guest has no kind: "[[[..."'),
  );
});

test("a key of a megabyte does not make a sentence of a megabyte", () => {
  const key = "k".repeat(1_000_000);
  expect(() => parseGuestMessage({ kind: "bye", [key]: 1 })).toThrow(
    malformed("bye", `Unrecognized key: "${"k".repeat(181)}...`),
  );
});

describe("what the host says", () => {
  const refused = (json: object, kind: string, what: string) =>
    expect(() => parseHostMessage({ kind, ...json })).toThrow(
      `the control message "${kind}" from the host is malformed: ${what}`,
    );

  test("a script is base64", () => {
    refused({ id: 1, script: "?" }, "run", "script: Invalid base64-encoded string");
    refused({ id: -1, script: "AA==" }, "run", "id: Too small: expected number to be >=0");
  });

  test("a signal never goes to guest init or to everything", () => {
    const what = "pid: must name a process, or a process group by its minus";
    refused({ pid: 0, signal: 9 }, "signal", what);
    refused({ pid: -1, signal: 9 }, "signal", what);
    refused({ pid: 42, signal: 0 }, "signal", "signal: Too small: expected number to be >=1");
  });

  test("a resize to nothing is refused", () => {
    const what = "rows: Too small: expected number to be >=1";
    refused({ rows: 0, cols: 80 }, "resize", what);
  });

  test("a script of 700 KiB fits a run", () => {
    const script = Buffer.alloc(700 * 1024).toString("base64");
    const frame = encodeControl({ kind: "run", id: 1, script });
    expect(frame.length).toBeLessThan(MAX_CONTROL_LENGTH);
    const [run] = decode([frame]);
    expect(run?.kind === "control" && parseHostMessage(run.json)).toEqual({
      kind: "run",
      id: 1,
      script,
    });
  });
});

describe("the guest's first frame", () => {
  test("is a hello of our version", () => {
    expect(parseHello({ kind: "control", json: hello })).toEqual(hello);
  });

  test("anything else is no handshake", () => {
    expect(() => parseHello({ kind: "eof", stream: "stdout" })).toThrow(
      new WireError(
        "handshake",
        "the guest's first frame is an eof frame on stdout instead of a hello",
      ),
    );
    expect(() => parseHello({ kind: "event", event: { kind: "synced" } })).toThrow(
      new WireError("handshake", "the guest's first frame is an event frame instead of a hello"),
    );
    expect(() => parseHello({ kind: "control", json: { kind: "bye" } })).toThrow(
      new WireError("handshake", 'the guest\'s first message is "bye" instead of a hello'),
    );
  });
});
