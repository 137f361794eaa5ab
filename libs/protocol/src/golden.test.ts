import { describe, expect, test } from "vitest";
import { Decoder } from "./decode.ts";
import { dataHeader } from "./encode.ts";
import { concat, decode, joined } from "./testing/frames.ts";
import { bytesOf, goldens } from "./testing/goldens.ts";

const all = concat(goldens.map(bytesOf));
const frames = goldens.map((golden) => golden.frame);

describe.each(goldens)("golden: $name", (golden) => {
  const bytes = bytesOf(golden);

  test("the encoder writes these bytes", () => {
    expect(golden.encode()).toEqual(bytes);
  });

  test("the decoder reads them at every cut", () => {
    for (let cut = 0; cut <= bytes.length; cut++) {
      const chunks = [bytes.subarray(0, cut), bytes.subarray(cut)];
      expect(decode(chunks)).toEqual([golden.frame]);
      expect(joined(decode(chunks, { data: "pieces" }))).toEqual([golden.frame]);
    }
  });

  test("every way of leaving the end off is an error", () => {
    for (let cut = 1; cut < bytes.length; cut++) {
      expect(() => decode([bytes.subarray(0, cut)])).toThrow(/^the channel ended inside a/);
    }
  });
});

test("all goldens in a row, cut at every two places", () => {
  for (let one = 0; one <= all.length; one++) {
    for (let two = one; two <= all.length; two++) {
      const chunks = [all.subarray(0, one), all.subarray(one, two), all.subarray(two)];
      expect(decode(chunks), `cut at ${one} and ${two}`).toEqual(frames);
    }
  }
});

test("all goldens byte by byte", () => {
  expect(decode(Array.from(all, (byte) => Uint8Array.of(byte)))).toEqual(frames);
});

test("the header of a data frame can be had alone", () => {
  expect(dataHeader("stdout", 3)).toEqual(Uint8Array.of(3, 0, 0, 0, 2, 2, 0, 0));
});

test("a data payload that lies in one chunk is a view of it, and a gathered one is not", () => {
  const chunk = Uint8Array.of(1, 0, 0, 0, 2, 2, 0, 0, 7);
  const [view] = new Decoder().push(chunk);
  chunk[8] = 8;
  expect(view).toEqual({ kind: "data", stream: "stdout", bytes: Uint8Array.of(8) });

  const decoder = new Decoder();
  decoder.push(Uint8Array.of(2, 0, 0, 0, 2, 2, 0, 0, 7));
  const rest = Uint8Array.of(7);
  const [copy] = decoder.push(rest);
  rest[0] = 8;
  expect(copy).toEqual({ kind: "data", stream: "stdout", bytes: Uint8Array.of(7, 7) });
});

test("pieces come at once and are views of their chunks", () => {
  const decoder = new Decoder({ data: "pieces" });
  const first = Uint8Array.of(3, 0, 0, 0, 2, 3, 0, 0, 5);
  const second = Uint8Array.of(6, 7);
  const pieces = [...decoder.push(first), ...decoder.push(second)];
  decoder.end();
  expect(pieces).toEqual([
    { kind: "data", stream: "stderr", bytes: Uint8Array.of(5) },
    { kind: "data", stream: "stderr", bytes: Uint8Array.of(6, 7) },
  ]);
  second[0] = 9;
  expect(pieces[1]).toEqual({ kind: "data", stream: "stderr", bytes: Uint8Array.of(9, 7) });
});
