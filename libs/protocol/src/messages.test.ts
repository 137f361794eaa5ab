import { describe, expect, test } from "vitest";
import { WireError, type WireErrorCode } from "./error.ts";
import {
  type Exec,
  type GuestMessage,
  type Hello,
  type HostMessage,
  parseGuestMessage,
  parseHello,
  parseHostMessage,
} from "./messages.ts";

const hello: Hello = {
  kind: "hello",
  version: 1,
  release: "6.1.0-56-amd64",
  arch: "x86_64",
  bootId: "0f7c2b8e-3d1a-4c55-9e02-aabbccddeeff",
  guestInit: "0.1.0",
  memAvailable: 115_343_360,
  marks: [{ name: "kernel", ms: 812.5 }],
};

const exec: Exec = {
  kind: "exec",
  argv: ["grep", "", "a b"],
  candidates: ["/usr/local/bin/grep", "/usr/bin/grep"],
  env: [
    ["PATH", "/usr/bin"],
    ["EMPTY", ""],
  ],
  cwd: "/home/me",
  uid: 1000,
  gid: 1000,
  groups: [1000, 27],
  umask: 0o022,
  mergeStderr: false,
  mounts: [
    {
      name: "root",
      source: "root",
      target: "/mnt",
      fstype: "9p",
      flags: 1,
      data: "trans=virtio",
      optional: false,
      mkdir: true,
    },
  ],
  hostname: "vimto",
  clockNs: "1764000000000000000",
  seed: "AAECAw==",
  rlimits: [{ resource: 4, soft: "18446744073709551615", hard: null }],
  sysctls: { "kernel/core_pattern": "core" },
  setup: [{ argv: ["modprobe", "dummy"], text: "modprobe dummy" }],
  teardown: [],
  core: { dir: "/home/me", pattern: "core-%e" },
  streams: { stdin: "pipe", stdout: "pipe", stderr: "pipe" },
};

const fromGuest: GuestMessage[] = [
  hello,
  { kind: "started", pid: 42 },
  { kind: "exited", status: 0 },
  { kind: "exited", status: 255 },
  { kind: "exited", signal: 9 },
  { kind: "failed", step: "mount root", errno: "ENODEV", message: "no such device" },
  { kind: "failed", step: "setup", message: '"false" ended with status 1' },
  { kind: "note", level: "warn", text: "no bpf file system" },
  { kind: "marks", marks: [] },
  { kind: "bye" },
];

const fromHost: HostMessage[] = [
  exec,
  { kind: "signal", signal: 15 },
  { kind: "resize", rows: 24, cols: 80 },
  { kind: "end" },
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
  [{ kind: "end" }, "message", 'a control message from the guest has the unknown kind "end"'],
  [
    { kind: "constructor" },
    "message",
    'a control message from the guest has the unknown kind "constructor"',
  ],
  [
    { kind: "started", pid: "42" },
    "message",
    malformed("started", "pid: Invalid input: expected number, received string"),
  ],
  [
    { kind: "started", pid: 42, tid: 43 },
    "message",
    malformed("started", 'Unrecognized key: "tid"'),
  ],
  [
    { kind: "exited" },
    "message",
    malformed("exited", "must have either a status of 0 to 255 or a signal of 1 to 64"),
  ],
  [
    { kind: "exited", status: 1, signal: 9 },
    "message",
    malformed("exited", "must have either a status of 0 to 255 or a signal of 1 to 64"),
  ],
  [
    { kind: "exited", status: 256 },
    "message",
    malformed("exited", "status: Too big: expected number to be <=255"),
  ],
  [
    { ...hello, bootId: "none" },
    "message",
    malformed("hello", "bootId: must be a boot id (a UUID)"),
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
  const refused = (change: object, what: string) =>
    expect(() => parseHostMessage({ ...exec, ...change })).toThrow(
      `the control message "exec" from the host is malformed: ${what}`,
    );

  test("exec cannot carry what execve cannot", () => {
    refused({ argv: ["a\0b"] }, "argv.0: must not contain a NUL byte");
    refused({ env: [["A=B", "c"]] }, "env.0.0: must not contain an equals sign");
    refused({ uid: 0xffff_ffff }, "uid: Too big: expected number to be <=4294967294");
    refused({ clockNs: "1.5" }, "clockNs: must be decimal digits");
    refused({ seed: "?" }, "seed: Invalid base64-encoded string");
  });

  test("a resize to nothing is refused", () => {
    expect(() => parseHostMessage({ kind: "resize", rows: 0, cols: 80 })).toThrow(
      'the control message "resize" from the host is malformed: rows: Too small: expected number to be >=1',
    );
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
    expect(() => parseHello({ kind: "control", json: { kind: "bye" } })).toThrow(
      new WireError("handshake", 'the guest\'s first message is "bye" instead of a hello'),
    );
  });
});
