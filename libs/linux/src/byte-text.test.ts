import { expect, test } from "vitest";
import { bytesOfText, textOfBytes } from "./byte-text.ts";

test("text is the same as before", () => {
  for (const text of ["", "plain", "ä→🐧", "\ufeffmark", "\ufffd"]) {
    expect(textOfBytes(Buffer.from(text))).toBe(text);
    expect(bytesOfText(text)).toEqual(Buffer.from(text));
  }
});

test("each byte comes back, alone and beside others", () => {
  for (let byte = 0; byte < 256; byte++)
    for (const bytes of [
      [byte],
      [0x61, byte, 0x62],
      [byte, byte],
      [0xc3, 0xa4, byte],
      [0xf0, byte],
    ])
      expect([...bytesOfText(textOfBytes(Uint8Array.from(bytes)))]).toEqual(bytes);
});

test.each([
  ["not UTF-8", [0xff], "\udcff"],
  ["a sequence that is cut", [0xe2, 0x82], "\udce2\udc82"],
  ["a form that is too long", [0xc0, 0xaf], "\udcc0\udcaf"],
  ["a surrogate", [0xed, 0xb2, 0x80], "\udced\udcb2\udc80"],
  ["beyond Unicode", [0xf4, 0x90, 0x80, 0x80], "\udcf4\udc90\udc80\udc80"],
])("%s stands as it is", (_, bytes, text) => {
  expect(textOfBytes(Uint8Array.from(bytes))).toBe(text);
});
