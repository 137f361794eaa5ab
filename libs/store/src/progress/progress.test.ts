import { describe, expect, test } from "vitest";
import type { PullEvent } from "../events.ts";
import { createProgress } from "./progress.ts";
import { formatBytes, formatSeconds } from "./units.ts";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const image = "ghcr.io/a/b:c";
const layers = [
  { digest, size: 2_000_000 },
  { digest, size: 500_000 },
];
const started: PullEvent = { kind: "started", image, digest, layers };

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [1549, "1.5 kB"],
  [99_949, "99.9 kB"],
  [99_950, "100 kB"],
  [999_499, "999 kB"],
  [999_500, "1.0 MB"],
  [300e6, "300 MB"],
  [1.5e12, "1.5 TB"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0.2, "1 s"],
  [59, "59 s"],
  [61, "1 min 01 s"],
  [7800, "2 h 10 min"],
])("%d seconds are %s", (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

test("a line a layer where there is no terminal", () => {
  const progress = createProgress({ style: "lines" });
  const events: PullEvent[] = [
    { kind: "resolving", image },
    { kind: "waiting", what: "the same image" },
    started,
    { kind: "received", layer: 0, bytes: 1_000_000 },
    { kind: "retry", message: 'cannot reach "ghcr.io": the connection was cut; trying again' },
    { kind: "received", layer: 1, bytes: 500_000 },
    { kind: "fetched", layer: 1, cached: true },
    { kind: "fetched", layer: 0, cached: false },
    { kind: "unpacked", layer: 0 },
    { kind: "done", image, digest, unpackedBytes: 9_000_000 },
    { kind: "cached", image, digest },
    { kind: "stale", image, message: 'cannot reach "ghcr.io"' },
  ];
  expect(events.map((event) => progress.event(event)).join("") + progress.end()).toBe(
    `waiting for another process: the same image
pulling ghcr.io/a/b:c: 2 layers, 2.5 MB
cannot reach "ghcr.io": the connection was cut; trying again
layer 2 of 2 in the cache: sha256:0123456789ab, 500 kB
layer 1 of 2 fetched: sha256:0123456789ab, 2.0 MB
layer 1 of 2 unpacked
pulled ghcr.io/a/b:c (${digest}), 9.0 MB unpacked
using ghcr.io/a/b:c as it was pulled before: cannot reach "ghcr.io"
`,
  );
});

test("nothing with --quiet", () => {
  const progress = createProgress({ style: "none" });
  expect(progress.event(started) + progress.end()).toBe("");
});

describe("a bar on a terminal", () => {
  const CLEAR = "\r\x1b[K";

  function bar(columns: number) {
    let time = 0;
    const progress = createProgress({ style: "bar", columns: () => columns, now: () => time });
    const at = (ms: number, event: PullEvent) => {
      time = ms;
      return progress.event(event);
    };
    return { at, progress };
  }

  test("shows share, bytes, rate, layers and time left, ten times a second at most", () => {
    const { at, progress } = bar(100);
    expect(at(0, started)).toBe("pulling ghcr.io/a/b:c: 2 layers, 2.5 MB\n");
    expect(at(10, { kind: "received", layer: 0, bytes: 100_000 })).toBe(
      `${CLEAR}  4%  [=>${" ".repeat(38)}]  100 kB of 2.5 MB  0 of 2 layers unpacked`,
    );
    expect(at(50, { kind: "received", layer: 0, bytes: 100_000 })).toBe("");
    expect(at(1000, { kind: "received", layer: 0, bytes: 800_000 })).toBe(
      `${CLEAR} 40%  [===========>${" ".repeat(17)}]  1.0 MB of 2.5 MB  1.0 MB/s  0 of 2 layers unpacked  2 s left`,
    );
    expect(at(1001, { kind: "retry", message: "again" })).toBe(`${CLEAR}again\n`);
    at(1100, { kind: "received", layer: 1, bytes: 500_000 });
    expect(at(2000, { kind: "received", layer: 0, bytes: 1_000_000 })).toBe(
      `${CLEAR}100%  [${"=".repeat(40)}]  2.5 MB of 2.5 MB  0 of 2 layers unpacked`,
    );
    expect(progress.end()).toBe(CLEAR);
    expect(progress.end()).toBe("");
  });

  test.each([100, 80, 60, 40, 20, 5, 1])("fits into %d columns", (columns) => {
    const { at } = bar(columns);
    at(0, started);
    const drawn = at(1000, { kind: "received", layer: 0, bytes: 1_000_000 });
    expect(drawn.startsWith(CLEAR)).toBe(true);
    expect(drawn.length - CLEAR.length).toBeLessThan(columns);
  });

  test("of an image without layers or bytes", () => {
    const { at } = bar(80);
    expect(at(0, { ...started, layers: [] })).toBe("pulling ghcr.io/a/b:c: 0 layers, 0 B\n");
    expect(at(500, { kind: "fetched", layer: 0, cached: false })).toBe("");
  });
});
