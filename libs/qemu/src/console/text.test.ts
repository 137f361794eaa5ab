import { describe, expect, test } from "vitest";
import { readFixture } from "../testing/fixture.ts";
import { ConsoleLog } from "./log.ts";
import { ConsoleText } from "./text.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function clean(...parts: readonly Uint8Array[]): readonly string[] {
  const text = new ConsoleText();
  const lines = parts.flatMap((part) => text.push(part));
  return [...lines, text.unfinished];
}

describe("text", () => {
  test.each([
    ["ends of lines", "a\nb\r\nc\r\r\nd", ["a", "b", "c", "d"]],
    ["empty lines", "a\n\nb\r\n\r\nc", ["a", "", "b", "", "c"]],
    ["a bare carriage return hides nothing", "50%\r100%\rdone\n", ["50%", "100%", "done", ""]],
    ["colours and cursor movements", "\x1b[1;31mred\x1b[0m \x1b[2Jx\x1b[?25ly", ["red xy"]],
    ["other sequences", "\x1bca\x1b(Bb\x1b=c\x1b#8d\x1b Fe", ["abcde"]],
    ["titles", "\x1b]0;title\x07a\x1b]0;title\x1b\\b\x1bPdcs\x1b\\c", ["abc"]],
    ["a title without an end costs its line at most", "\x1b]0;Kernel\npanic\n", ["", "panic", ""]],
    ["a broken sequence", "\x1b[12\nnext\x1b[1\x1b[0mx", ["", "nextx"]],
    ["control characters", "a\0b\x07c\x08d\x7fe\u009bf\tg", ["abcdef\tg"]],
    ["characters beyond ASCII", "ü字🙂", ["ü字🙂"]],
  ])("%s", (_, text, lines) => {
    expect(clean(bytes(text))).toEqual(lines);
  });

  test("broken UTF-8 becomes replacement characters", () => {
    expect(clean(Uint8Array.of(0x61, 0xff, 0x62, 0xc3, 0x0a))).toEqual(["a\ufffdb\ufffd", ""]);
  });

  test("a line without end is cut at 4096 characters", () => {
    expect(clean(bytes("x".repeat(10_000))).map((line) => line.length)).toEqual([4096, 4096, 1808]);
  });

  test("SeaBIOS's screen codes are gone, wherever its output is cut", async () => {
    const captured = await readFixture("seabios-6.12.txt");
    const whole = clean(captured);
    expect(whole.slice(0, 4)).toEqual([
      "SeaBIOS (version 1.16.2-debian-1.16.2-1)",
      "Booting from ROM..Memory KASLR using RDRAND RDTSC...",
      "Poking KASLR using RDRAND RDTSC...",
      expect.stringContaining("Kernel panic - not syncing: Attempted to kill init!"),
    ]);
    for (let cut = 0; cut <= captured.length; cut++) {
      expect(clean(captured.subarray(0, cut), captured.subarray(cut)), `cut at ${cut}`).toEqual(
        whole,
      );
    }
  });
});

describe("log", () => {
  test("keeps the last lines and drops empty ones from its tail", () => {
    const log = new ConsoleLog({ lines: 4, characters: 1000 });
    expect(log.push(bytes("a\nb\nc\n\nd\nunfin"))).toEqual(["a", "b", "c", "", "d"]);
    expect(log.tail(10)).toEqual(["b", "c", "d", "unfin"]);
    expect(log.tail(2)).toEqual(["d", "unfin"]);
    expect(log.tail(0)).toEqual([]);
  });

  test("keeps the last characters", () => {
    const log = new ConsoleLog({ lines: 1000, characters: 10 });
    log.push(bytes("aaaa\nbbbb\ncccc\n"));
    expect(log.tail(10)).toEqual(["bbbb", "cccc"]);
    log.push(bytes(`${"d".repeat(30)}\n`));
    expect(log.tail(10)).toEqual([]);
  });
});
