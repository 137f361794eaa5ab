import { describe, expect, test } from "vitest";
import { Decoder } from "./decode.ts";
import { dataHeader, encodeControl, encodeCredit, encodeData, encodeEvent } from "./encode.ts";
import { WireError, type WireErrorCode } from "./error.ts";
import { MAX_CONTROL_LENGTH } from "./header.ts";
import { concat, decode } from "./testing/frames.ts";

const hello = {
  kind: "hello",
  version: 2,
  arch: "x86_64",
  guestInit: "0.1.0",
  release: "6.1",
} as const;

const utf8 = (text: string) => new TextEncoder().encode(text);

const control = (payload: Uint8Array) =>
  concat([Uint8Array.of(payload.length, 0, 0, 0, 1, 0, 0, 0), payload]);

function event(kind: number, a: number, b: bigint): Uint8Array {
  const frame = Uint8Array.of(16, 0, 0, 0, 6, ...new Uint8Array(19));
  const view = new DataView(frame.buffer, 8);
  view.setUint32(0, kind, true);
  view.setUint32(4, a, true);
  view.setBigUint64(8, b, true);
  return frame;
}

function caught(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return "nothing was thrown";
}

const bad: readonly [string, Uint8Array, WireErrorCode, string][] = [
  ["type 0", Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0), "type", "frame type 0 is unknown"],
  ["type 8", Uint8Array.of(0, 0, 0, 0, 8, 1, 0, 0), "type", "frame type 8 is unknown"],
  ["text instead of a frame", utf8("[    0.000000] Linux"), "type", "frame type 32 is unknown"],
  [
    "stream 0 of data",
    Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0),
    "stream",
    "a data frame has the unknown stream 0",
  ],
  [
    "stream 7 of eof",
    Uint8Array.of(0, 0, 0, 0, 3, 7, 0, 0),
    "stream",
    "an eof frame has the unknown stream 7",
  ],
  [
    "stream of control",
    Uint8Array.of(2, 0, 0, 0, 1, 1, 0, 0),
    "stream",
    "a control frame has stream 1 instead of 0",
  ],
  [
    "stream of event",
    Uint8Array.of(16, 0, 0, 0, 6, 2, 0, 0),
    "stream",
    "an event frame has stream 2 instead of 0",
  ],
  [
    "credit for a script",
    Uint8Array.of(4, 0, 0, 0, 4, 5, 0, 0),
    "stream",
    "a credit frame on script is not allowed: it has data alone",
  ],
  [
    "end of a script",
    Uint8Array.of(0, 0, 0, 0, 3, 5, 0, 0),
    "stream",
    "an eof frame on script is not allowed: it has data alone",
  ],
  [
    "first reserved byte",
    Uint8Array.of(1, 0, 0, 0, 2, 2, 1, 0),
    "reserved",
    "a data frame has 1 in its reserved bytes instead of 0",
  ],
  [
    "second reserved byte",
    Uint8Array.of(0, 0, 0, 0, 5, 2, 0, 255),
    "reserved",
    "a close frame has 65280 in its reserved bytes instead of 0",
  ],
  [
    "4 GiB of data",
    Uint8Array.of(255, 255, 255, 255, 2, 2, 0, 0),
    "length",
    "a data frame of 4294967295 bytes is not allowed: it has 1 to 1048576",
  ],
  [
    "1 MiB and a byte of data",
    Uint8Array.of(1, 0, 16, 0, 2, 2, 0, 0),
    "length",
    "a data frame of 1048577 bytes is not allowed: it has 1 to 1048576",
  ],
  [
    "no data",
    Uint8Array.of(0, 0, 0, 0, 2, 2, 0, 0),
    "length",
    "a data frame of 0 bytes is not allowed: it has 1 to 1048576",
  ],
  [
    "64 KiB and a byte of control",
    Uint8Array.of(1, 0, 1, 0, 1, 0, 0, 0),
    "length",
    "a control frame of 65537 bytes is not allowed: it has 1 to 65536",
  ],
  [
    "empty control",
    Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0),
    "length",
    "a control frame of 0 bytes is not allowed: it has 1 to 65536",
  ],
  [
    "credit of three bytes",
    Uint8Array.of(3, 0, 0, 0, 4, 1, 0, 0),
    "length",
    "a credit frame of 3 bytes is not allowed: it has exactly 4",
  ],
  [
    "eof with a payload",
    Uint8Array.of(1, 0, 0, 0, 3, 1, 0, 0),
    "length",
    "an eof frame of 1 bytes is not allowed: it has exactly 0",
  ],
  [
    "close with a payload",
    Uint8Array.of(0, 1, 0, 0, 5, 1, 0, 0),
    "length",
    "a close frame of 256 bytes is not allowed: it has exactly 0",
  ],
  [
    "event of 15 bytes",
    Uint8Array.of(15, 0, 0, 0, 6, 0, 0, 0),
    "length",
    "an event frame of 15 bytes is not allowed: it has exactly 16",
  ],
  ["event of no kind", event(0, 0, 0n), "event", "event kind 0 is unknown"],
  [
    "order of 17 bytes",
    Uint8Array.of(17, 0, 0, 0, 7, 0, 0, 0),
    "length",
    "an order frame of 17 bytes is not allowed: it has exactly 16",
  ],
  [
    "order of no kind",
    Uint8Array.of(16, 0, 0, 0, 7, ...new Uint8Array(19)),
    "order",
    "order kind 0 is unknown",
  ],
  [
    "invalid UTF-8",
    control(Uint8Array.of(0x22, 0xff, 0x22)),
    "json",
    "a control frame of 3 bytes is not UTF-8",
  ],
  [
    "a letter cut in half",
    control(Uint8Array.of(0x22, 0xc3)),
    "json",
    "a control frame of 2 bytes is not UTF-8",
  ],
  [
    "truncated JSON",
    control(utf8('{"kind":"hel')),
    "json",
    'a control frame of 12 bytes is not JSON: it starts with "{"kind":"hel"',
  ],
  [
    "a byte order mark",
    control(utf8("\ufeff{}")),
    "json",
    'a control frame of 5 bytes is not JSON: it starts with "\ufeff{}"',
  ],
  [
    "control codes for the terminal",
    control(utf8("\u001b[2J\u009b1m")),
    "json",
    'a control frame of 8 bytes is not JSON: it starts with "\\u001b[2J\\u009b1m"',
  ],
];

describe.each(bad)("%s", (_, bytes, code, message) => {
  test("is refused at every cut, and for good", () => {
    for (let cut = 0; cut <= bytes.length; cut++) {
      const decoder = new Decoder();
      const error = caught(() => {
        decoder.push(bytes.subarray(0, cut));
        decoder.push(bytes.subarray(cut));
      });
      expect(error).toBeInstanceOf(WireError);
      expect(error).toMatchObject({ code, message });
      expect(caught(() => decoder.push(encodeCredit("stdout", 1)))).toBe(error);
      expect(caught(() => decoder.end())).toBe(error);
      expect(decoder.held).toBe(0);
    }
  });

  test("does not swallow the frames in front of it", () => {
    const decoder = new Decoder();
    const frames = decoder.push(concat([encodeControl(hello), bytes]));
    expect(frames).toEqual([{ kind: "control", json: hello }]);
    expect(decoder.fault).toMatchObject({ code, message });
    expect(() => decoder.push(new Uint8Array(0))).toThrow(message);
  });
});

test("the end inside a frame says how much had come", () => {
  const frame = encodeData("stdout", new Uint8Array(10));
  expect(() => decode([frame.subarray(0, 3)])).toThrow(
    "the channel ended inside a frame header: 3 of 8 bytes had come",
  );
  expect(() => decode([frame.subarray(0, 8)])).toThrow(
    "the channel ended inside a data frame on stdout: 0 of 10 bytes had come",
  );
  expect(() => decode([frame.subarray(0, 12)], { data: "pieces" })).toThrow(
    "the channel ended inside a data frame on stdout: 4 of 10 bytes had come",
  );
  expect(() => decode([encodeEvent({ kind: "synced" }).subarray(0, 9)])).toThrow(
    "the channel ended inside an event frame: 1 of 16 bytes had come",
  );
  expect(() => decode([encodeControl(hello).subarray(0, 13)])).toThrow(
    `the channel ended inside a control frame: 5 of ${JSON.stringify(hello).length} bytes had come`,
  );
});

describe("memory", () => {
  test("a header that promises the most sets nothing aside until a payload byte comes", () => {
    const decoder = new Decoder();
    decoder.push(Uint8Array.of(0, 0, 1, 0, 1, 0, 0, 0));
    expect(decoder.held).toBe(0);
    decoder.push(Uint8Array.of(0x20));
    expect(decoder.held).toBe(MAX_CONTROL_LENGTH);
  });

  test("a control frame that trickles in holds its own length and gives it back", () => {
    const decoder = new Decoder();
    decoder.push(Uint8Array.of(0, 0, 1, 0, 1, 0, 0, 0));
    const spaces = new Uint8Array(1000).fill(0x20);
    for (let left = MAX_CONTROL_LENGTH - 4; left > 0; left -= 1000) {
      decoder.push(spaces.subarray(0, Math.min(left, 1000)));
      expect(decoder.held).toBe(MAX_CONTROL_LENGTH);
    }
    expect(decoder.push(utf8("null"))).toEqual([{ kind: "control", json: null }]);
    expect(decoder.held).toBe(0);
  });

  test("pieces hold nothing but a cut header", () => {
    const decoder = new Decoder({ data: "pieces" });
    decoder.push(dataHeader("stdout", 1_048_576));
    for (let sent = 0; sent < 1_048_576; sent += 4096) {
      decoder.push(new Uint8Array(4096));
      expect(decoder.held).toBe(0);
    }
    decoder.push(new Uint8Array(5));
    expect(decoder.held).toBe(5);
  });
});

describe("the encoder refuses what a decoder would", () => {
  test("lengths", () => {
    expect(() => dataHeader("stdout", 0)).toThrow(
      "a data frame of 0 bytes is not allowed: it has 1 to 1048576",
    );
    expect(() => encodeData("stdin", new Uint8Array(1_048_577))).toThrow(
      "a data frame of 1048577 bytes is not allowed: it has 1 to 1048576",
    );
    expect(() => dataHeader("tty", 1.5)).toThrow(
      "a data frame of 1.5 bytes is not allowed: it has 1 to 1048576",
    );
    const text = "x".repeat(MAX_CONTROL_LENGTH);
    expect(() => encodeControl({ ...hello, release: text })).toThrow(
      "a control frame of 65613 bytes is not allowed: it has 1 to 65536",
    );
  });

  test("credits", () => {
    for (const bytes of [0, -1, 0.5, 4_294_967_296, Number.NaN]) {
      expect(() => encodeCredit("stdout", bytes)).toThrow(
        `a credit of ${bytes} bytes does not fit a credit frame: 1 to 4294967295`,
      );
    }
  });
});
