import { describe, expect, test } from "vitest";
import { kernelArgumentNames, mergeKernelArguments } from "./kernel-command-line.ts";

const merge = (append: string, defaults = ["quiet", "panic=-1", "console=ttyS0"]) =>
  mergeKernelArguments({ architecture: "x86_64", defaults, append });

describe("merging", () => {
  test.each([
    ["nothing", "", "quiet panic=-1 console=ttyS0"],
    [
      "other arguments come last",
      "  lsm=bpf audit=1 ",
      "quiet panic=-1 console=ttyS0 lsm=bpf audit=1",
    ],
    ["the user's value wins", "panic=5", "quiet console=ttyS0 panic=5"],
    ["dashes are underscores", "panic-print=1", "a_b console=ttyS0 panic-print=1"],
    ["a log level replaces quiet", "loglevel=7", "panic=-1 console=ttyS0 loglevel=7"],
    ["debug replaces quiet", "debug", "panic=-1 console=ttyS0 debug"],
    ["consoles add up", "console=tty0", "quiet panic=-1 console=ttyS0 console=tty0"],
    ["quoted names count", '"panic=1 2"', 'quiet console=ttyS0 "panic=1 2"'],
    [
      "words in a quoted value do not",
      'x="a panic=1"',
      'quiet panic=-1 console=ttyS0 x="a panic=1"',
    ],
    ["a longer name is another", "panic_on_warn=1", "quiet panic=-1 console=ttyS0 panic_on_warn=1"],
  ])("%s", (_, append, merged) => {
    const defaults =
      append === "panic-print=1" ? ["a_b", "panic_print=0x20", "console=ttyS0"] : undefined;
    expect(merge(append, defaults)).toBe(merged);
  });

  test("counts bytes, not characters, up to what the kernel reads", () => {
    expect(merge(`x=${"ü".repeat(1021)}`, ["a"])).toHaveLength(2 + 2 + 1021);
    expect(() => merge(`x=${"ü".repeat(1022)}`, ["a"])).toThrow(
      "kernel arguments are 2048 bytes long with vimto's own 2, but x86_64 kernels read 2047; shorten them by 1",
    );
  });

  test.each([
    [
      "a=1\n",
      'kernel arguments "a=1\\n" hold a line break or another control character; put them on one line',
    ],
    [
      "a=1\nb=2",
      'kernel arguments "a=1\\nb=2" hold a line break or another control character; put them on one line',
    ],
    [
      "a=\u001b[2J",
      'kernel arguments "a=\\u001b[2J" hold a line break or another control character; put them on one line',
    ],
    ['a="b c', 'kernel arguments "a=\\"b c" open a double quote that is never closed; close it'],
    [
      "a -- b",
      'kernel arguments "a -- b" hold "--", which hands the rest to init instead of the kernel; leave it out',
    ],
  ])("refuses %j", (append, sentence) => {
    expect(() => merge(append)).toThrow(sentence);
  });
});

test("names are found as the kernel finds them", () => {
  expect(kernelArgumentNames('a  b=1\tc-d="x y=2" "e f=3" g=h="i j" --x')).toEqual([
    "a",
    "b",
    "c_d",
    "e f",
    "g",
    "__x",
  ]);
});
