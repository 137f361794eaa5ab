import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { shellJoin, shellSplit } from "./words.ts";

test.each([
  ["", []],
  ["  \t\n", []],
  ["ip link set dev lo up", ["ip", "link", "set", "dev", "lo", "up"]],
  ["touch 'foo bar'", ["touch", "foo bar"]],
  ['touch "foo bar"', ["touch", "foo bar"]],
  ["a'b'\"c\"d", ["abcd"]],
  ["'' \"\"", ["", ""]],
  ["a\\ b \\' \\\\", ["a b", "'", "\\"]],
  ["'a\\b'", ["a\\b"]],
  ['"a\\"b\\\\c\\$d\\`e\\x"', ['a"b\\c$d`e\\x']],
  ["a\\\nb", ["ab"]],
  ['"a\\\nb"', ["ab"]],
  ["a && b | c > d $HOME *", ["a", "&&", "b", "|", "c", ">", "d", "$HOME", "*"]],
  ["sh -c 'echo \"$X\" && true'", ["sh", "-c", 'echo "$X" && true']],
])("%j splits into %j", (text, words) => {
  expect(shellSplit(text, "setup")).toEqual(words);
});

test.each([
  ["touch 'foo", 'setup "touch \'foo" ends inside a single quote; close it or quote it'],
  ['touch "foo', 'setup "touch \\"foo" ends inside a double quote; close it or quote it'],
  ['"\\"', 'setup "\\"\\\\\\"" ends inside a double quote; close it or quote it'],
  ["touch foo\\", 'setup "touch foo\\\\" ends inside a backslash; close it or quote it'],
])("%j is refused", (text, message) => {
  expect(() => shellSplit(text, "setup")).toThrowError(
    expect.objectContaining({ code: "bad-value", message }),
  );
});

test.each([
  [["uname", "-r"], "uname -r"],
  [["a b", "", "it's"], "'a b' '' 'it'\\''s'"],
  [["--x=1,2", "a/b.c:d@e%f+g"], "--x=1,2 a/b.c:d@e%f+g"],
  [["$HOME", "*", "a\nb"], "'$HOME' '*' 'a\nb'"],
])("%j joins", (words, text) => {
  expect(shellJoin(words)).toBe(text);
});

test("sh and the splitter read joined words alike", () => {
  const words = ["", " ", "a'b", 'c"d', "\\", "\n", "$x", "`", "é", "~", "#", "-n", "!"];
  const text = shellJoin(words);
  expect(shellSplit(text, "x")).toEqual(words);
  const out = execFileSync("sh", ["-c", `printf '%s\\0' ${text}`], { encoding: "utf8" });
  expect(out.split("\0").slice(0, -1)).toEqual(words);
});
