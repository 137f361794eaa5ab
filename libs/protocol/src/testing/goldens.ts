import type { Frame } from "../decode.ts";
import {
  encodeClose,
  encodeControl,
  encodeCredit,
  encodeData,
  encodeEof,
  encodeEvent,
  encodeOrder,
} from "../encode.ts";
import type { GuestEvent } from "../events.ts";
import type { Hello } from "../messages.ts";
import type { Order } from "../orders.ts";

export type Golden = {
  /** The words beside the bytes in docs/wire.md. */
  readonly name: string;
  readonly header: readonly number[];
  readonly payload: readonly number[];
  readonly frame: Frame;
  /** Makes the same bytes. */
  readonly encode: () => Uint8Array;
};

const utf8 = (text: string) => new TextEncoder().encode(text);

const hello: Hello = {
  kind: "hello",
  version: 2,
  arch: "x86_64",
  guestInit: "0.1.0",
  release: "6.12-\u00e9",
};

function order(name: string, payload: readonly number[], order: Order): Golden {
  return {
    name,
    header: [0x10, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00],
    payload,
    frame: { kind: "order", order },
    encode: () => encodeOrder(order),
  };
}

function event(name: string, payload: readonly number[], event: GuestEvent): Golden {
  return {
    name,
    header: [0x10, 0x00, 0x00, 0x00, 0x06, 0x00, 0x00, 0x00],
    payload,
    frame: { kind: "event", event },
    encode: () => encodeEvent(event),
  };
}

/**
 * Written by hand from the tables of docs/wire.md, not printed by the encoder; the JSON payloads
 * are what `printf '{"kind":...}' | od -An -tx1` prints.
 */
export const goldens: readonly Golden[] = [
  {
    name: "hello, with a letter of two bytes in the release",
    header: [0x54, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00],
    payload: [
      0x7b, 0x22, 0x6b, 0x69, 0x6e, 0x64, 0x22, 0x3a, 0x22, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x22,
      0x2c, 0x22, 0x76, 0x65, 0x72, 0x73, 0x69, 0x6f, 0x6e, 0x22, 0x3a, 0x32, 0x2c, 0x22, 0x61,
      0x72, 0x63, 0x68, 0x22, 0x3a, 0x22, 0x78, 0x38, 0x36, 0x5f, 0x36, 0x34, 0x22, 0x2c, 0x22,
      0x67, 0x75, 0x65, 0x73, 0x74, 0x49, 0x6e, 0x69, 0x74, 0x22, 0x3a, 0x22, 0x30, 0x2e, 0x31,
      0x2e, 0x30, 0x22, 0x2c, 0x22, 0x72, 0x65, 0x6c, 0x65, 0x61, 0x73, 0x65, 0x22, 0x3a, 0x22,
      0x36, 0x2e, 0x31, 0x32, 0x2d, 0xc3, 0xa9, 0x22, 0x7d,
    ],
    frame: { kind: "control", json: hello },
    encode: () => encodeControl(hello),
  },
  {
    name: "two bytes of stdin, 0x00 and 0xff",
    header: [0x02, 0x00, 0x00, 0x00, 0x02, 0x01, 0x00, 0x00],
    payload: [0x00, 0xff],
    frame: { kind: "data", stream: "stdin", bytes: Uint8Array.of(0, 255) },
    encode: () => encodeData("stdin", Uint8Array.of(0, 255)),
  },
  {
    name: '"hi\\n" on stdout',
    header: [0x03, 0x00, 0x00, 0x00, 0x02, 0x02, 0x00, 0x00],
    payload: [0x68, 0x69, 0x0a],
    frame: { kind: "data", stream: "stdout", bytes: utf8("hi\n") },
    encode: () => encodeData("stdout", utf8("hi\n")),
  },
  {
    name: '"!" on stderr',
    header: [0x01, 0x00, 0x00, 0x00, 0x02, 0x03, 0x00, 0x00],
    payload: [0x21],
    frame: { kind: "data", stream: "stderr", bytes: utf8("!") },
    encode: () => encodeData("stderr", utf8("!")),
  },
  {
    name: "the escape key on the terminal",
    header: [0x01, 0x00, 0x00, 0x00, 0x02, 0x04, 0x00, 0x00],
    payload: [0x1b],
    frame: { kind: "data", stream: "tty", bytes: Uint8Array.of(27) },
    encode: () => encodeData("tty", Uint8Array.of(27)),
  },
  {
    name: "a script without calls",
    header: [0x08, 0x00, 0x00, 0x00, 0x02, 0x05, 0x00, 0x00],
    payload: [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00],
    frame: { kind: "data", stream: "script", bytes: new Uint8Array(8) },
    encode: () => encodeData("script", new Uint8Array(8)),
  },
  {
    name: "a script of setup without calls",
    header: [0x08, 0x00, 0x00, 0x00, 0x02, 0x06, 0x00, 0x00],
    payload: [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00],
    frame: { kind: "data", stream: "hook", bytes: new Uint8Array(8) },
    encode: () => encodeData("hook", new Uint8Array(8)),
  },
  {
    name: "the host has no more stdin",
    header: [0x00, 0x00, 0x00, 0x00, 0x03, 0x01, 0x00, 0x00],
    payload: [],
    frame: { kind: "eof", stream: "stdin" },
    encode: () => encodeEof("stdin"),
  },
  {
    name: "the host allows 1 MiB (0x00100000) more of stdout",
    header: [0x04, 0x00, 0x00, 0x00, 0x04, 0x02, 0x00, 0x00],
    payload: [0x00, 0x00, 0x10, 0x00],
    frame: { kind: "credit", stream: "stdout", bytes: 1048576 },
    encode: () => encodeCredit("stdout", 1048576),
  },
  {
    name: "the guest allows 0x01020304 bytes more of stdin",
    header: [0x04, 0x00, 0x00, 0x00, 0x04, 0x01, 0x00, 0x00],
    payload: [0x04, 0x03, 0x02, 0x01],
    frame: { kind: "credit", stream: "stdin", bytes: 16909060 },
    encode: () => encodeCredit("stdin", 16909060),
  },
  {
    name: "the host wants no more stdout",
    header: [0x00, 0x00, 0x00, 0x00, 0x05, 0x02, 0x00, 0x00],
    payload: [],
    frame: { kind: "close", stream: "stdout" },
    encode: () => encodeClose("stdout"),
  },
  event("the command is process 300", [0x12, 0, 0, 0, 0, 0, 0, 0, 0x2c, 0x01, 0, 0, 0, 0, 0, 0], {
    kind: "started",
    pid: 300,
  }),
  event(
    "moment 2 of the script, 0x0102030405060708 nanoseconds after the kernel's start",
    [0x14, 0, 0, 0, 2, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1],
    { kind: "mark", index: 2, ns: 0x0102_0304_0506_0708n },
  ),
  event(
    "call 7 of the script failed with ENOENT",
    [0x11, 0, 0, 0, 7, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0],
    { kind: "failed", call: 7, errno: 2 },
  ),
  event("the command exited with 3", [0x10, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0], {
    kind: "exited",
    status: 3,
  }),
  event("the command was ended by SIGKILL", [0x10, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0], {
    kind: "exited",
    signal: 9,
  }),
  event("the script of run 5 exited with 2", [0x15, 0, 0, 0, 5, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0], {
    kind: "ran",
    id: 5,
    status: 2,
  }),
  event(
    "the guest's clock is 0x0102030405060708 nanoseconds after 1970",
    [0x16, 0, 0, 0, 0, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1],
    { kind: "clock", ns: 0x0102_0304_0506_0708n },
  ),
  event(
    "what the command wrote to files is with the host",
    [0x13, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    { kind: "synced" },
  ),
  event("a device of the guest did not write in time", [0x17, ...Array(15).fill(0)], {
    kind: "unwritten",
  }),
  order(
    "SIGTERM to process group 300",
    [1, 0, 0, 0, 15, 0, 0, 0, 0xd4, 0xfe, ...Array(6).fill(255)],
    {
      kind: "signal",
      pid: -300,
      signal: 15,
    },
  ),
  order("keep the streams open", [2, ...Array(15).fill(0)], { kind: "hold" }),
  order("run 5 comes on the stream hook", [3, 0, 0, 0, 5, ...Array(11).fill(0)], {
    kind: "run",
    id: 5,
  }),
  order("finish", [4, ...Array(15).fill(0)], { kind: "finish" }),
  order("what time is it?", [5, ...Array(15).fill(0)], { kind: "clock" }),
];

export const bytesOf = (golden: Golden): Uint8Array =>
  Uint8Array.from([...golden.header, ...golden.payload]);
