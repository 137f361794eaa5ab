import { describe, expect, test } from "vitest";
import { MAX_WINDOW, ReceiveWindow, SendWindow } from "./credit.ts";
import { WireError } from "./error.ts";
import { Random, seeds } from "./testing/random.ts";

describe("SendWindow", () => {
  test("starts at nothing, is opened by grants and used up by sending", () => {
    const window = new SendWindow("stdout");
    expect(window.available).toBe(0);
    window.grant(100);
    window.take(60);
    expect(window.available).toBe(40);
    window.grant(1);
    window.take(41);
    expect(window.available).toBe(0);
  });

  test("sending more than is allowed is the sender's own fault", () => {
    const window = new SendWindow("stdin");
    window.grant(5);
    expect(() => window.take(6)).toThrow(
      new RangeError("cannot send 6 bytes on stdin: the other end allows 5"),
    );
    expect(() => window.take(-1)).toThrow(RangeError);
    expect(window.available).toBe(5);
  });

  test("hostile grants are refused and change nothing", () => {
    const window = new SendWindow("tty");
    expect(() => window.grant(0)).toThrow(
      new WireError("credit", "a credit of 0 bytes on tty is not allowed"),
    );
    window.grant(MAX_WINDOW);
    expect(() => window.grant(1)).toThrow(
      new WireError(
        "credit",
        "a credit of 1 bytes opens the window of tty to 1073741825: at most 1073741824",
      ),
    );
    expect(() => window.grant(0xffff_ffff)).toThrow(WireError);
    expect(window.available).toBe(MAX_WINDOW);
  });
});

describe("ReceiveWindow", () => {
  test("gives credit back a quarter of the window at a time", () => {
    const window = new ReceiveWindow("stdout", 100);
    window.received(100);
    expect(window.unread).toBe(100);
    expect(window.consumed(24)).toBe(0);
    expect(window.consumed(1)).toBe(25);
    expect(window.consumed(75)).toBe(75);
    expect(window.unread).toBe(0);
  });

  test("data beyond the window is refused", () => {
    const window = new ReceiveWindow("stderr", 10);
    window.received(7);
    expect(() => window.received(4)).toThrow(
      new WireError("credit", "4 bytes came on stderr where 3 were allowed"),
    );
    window.received(3);
    expect(() => window.received(1)).toThrow(WireError);
  });

  test("what was consumed but not granted again is not allowed yet", () => {
    const window = new ReceiveWindow("stderr", 100);
    window.received(100);
    expect(window.consumed(10)).toBe(0);
    expect(() => window.received(1)).toThrow("1 bytes came on stderr where 0 were allowed");
  });

  test("consuming what never came is the reader's own fault", () => {
    const window = new ReceiveWindow("stdin", 10);
    window.received(2);
    expect(() => window.consumed(3)).toThrow(
      new RangeError("cannot consume 3 bytes of stdin: 2 are unread"),
    );
  });

  test("a window has a sensible size", () => {
    for (const size of [0, -1, 1.5, MAX_WINDOW + 1]) {
      expect(() => new ReceiveWindow("stdin", size)).toThrow(
        new RangeError(`a window of ${size} bytes on stdin is not 1 to 1073741824`),
      );
    }
  });
});

test("both ends together never stall and never hold more than the window", () => {
  for (const seed of seeds()) {
    const random = new Random(seed);
    const size = 1 + random.below(1000);
    const reader = new ReceiveWindow("stdout", size);
    const writer = new SendWindow("stdout");
    writer.grant(reader.size);
    let left = 20 * size;
    while (left > 0) {
      const sent = Math.min(left, 1 + random.below(size), writer.available);
      writer.take(sent);
      reader.received(sent);
      left -= sent;
      expect(reader.unread, `seed ${seed}`).toBeLessThanOrEqual(size);
      const grant = reader.consumed(sent === 0 ? reader.unread : random.below(reader.unread + 1));
      if (grant > 0) writer.grant(grant);
      expect(writer.available + reader.unread, `seed ${seed}`).toBeGreaterThan(0);
    }
  }
});
