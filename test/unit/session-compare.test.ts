import { describe, expect, test } from "vitest";
import { difference, type Seen } from "../harness/session/compare.ts";
import { parseSession } from "../harness/session/index.ts";
import { shownErrors, shownOutput } from "../harness/session/lines.ts";
import { type Known, Placeholders } from "../harness/session/placeholders.ts";

const session = parseSession(
  "a.session",
  `[before] kept
| kept

$ run
out
! err
? 3

$ crash
core <pid>

[after] made
| by <pid>
`,
);
const good = {
  steps: [
    ["$ run", "out", "! err", "? 3"],
    ["$ crash", "core 42"],
  ],
  files: new Map([
    ["kept", ["| kept"]],
    ["made", ["| by 42"]],
  ]),
} satisfies Seen;

const differs = (seen: Seen) => difference(session, seen, new Placeholders({}));
const second = ["$ crash", "core 42"];

test("a run that is as its session says has no difference", () => {
  expect(differs(good)).toBeUndefined();
});

const ofFile = (line: string) => /^. (?:\[after\]|\|)/.test(line);
const terminal = (...lines: string[]) => lines.join("\n");

test.each<[string, Partial<Seen>, string]>([
  [
    "another status",
    { steps: [["$ run", "out", "! err", "? 4"], second] },
    terminal("  $ run", "  out", "  ! err", "- ? 3", "+ ? 4", "  $ crash", "  core 42"),
  ],
  [
    "a status of 0",
    { steps: [["$ run", "out", "! err"], second] },
    terminal("  $ run", "  out", "  ! err", "- ? 3", "  $ crash", "  core 42"),
  ],
  [
    "one line more",
    { steps: [["$ run", "out", "more", "! err", "? 3"], second] },
    terminal("  $ run", "  out", "+ more", "  ! err", "  ? 3", "  $ crash", "  core 42"),
  ],
  [
    "one line less",
    { steps: [["$ run", "! err", "? 3"], second] },
    terminal("  $ run", "- out", "  ! err", "  ? 3", "  $ crash", "  core 42"),
  ],
  [
    "stdout on stderr",
    { steps: [["$ run", "! out", "! err", "? 3"], second] },
    terminal("  $ run", "- out", "+ ! out", "  ! err", "  ? 3", "  $ crash", "  core 42"),
  ],
  [
    "a text that no placeholder stands for",
    { steps: [good.steps[0] ?? [], ["$ crash", "core 0x2a"]] },
    terminal("  $ run", "  out", "  ! err", "  ? 3", "  $ crash", "- core <pid>", "+ core 0x2a"),
  ],
])("%s is a difference", (_name, seen, terminal) => {
  const lines = differs({ ...good, ...seen })?.split("\n") ?? [];
  expect(lines.filter((line) => !ofFile(line)).join("\n")).toBe(terminal);
});

test.each<[string, [string, string[]][], string[]]>([
  ["a file that is missing", [["kept", ["| kept"]]], ["- [after] made", "- | by <pid>"]],
  [
    "a file with other contents",
    [
      ["kept", ["| kept"]],
      ["made", ["| by 43"]],
    ],
    ["  [after] made", "- | by <pid>", "+ | by 43"],
  ],
  [
    "a file that was not said to change",
    [
      ["kept", []],
      ["made", ["| by 42"]],
    ],
    ["  [after] kept", "- | kept", "  [after] made", "  | by 42"],
  ],
  [
    "a file that nobody speaks of",
    [...good.files, ["other", ["| text"]]],
    ["  [after] made", "  | by 42", "+ [after] other", "+ | text"],
  ],
])("%s is a difference", (_name, files, lines) => {
  const shown = differs({ ...good, files: new Map(files) })?.split("\n") ?? [];
  expect(shown.filter(ofFile)).toEqual(lines);
});

test("output is shown so that it can be taken for nothing else", () => {
  expect(shownOutput("a\n\n$ b\n? 1\n[after] c\n# d\n \n\\ No newline at the end\n")).toEqual([
    "a",
    "\\",
    "\\$ b",
    "\\? 1",
    "\\[after] c",
    "\\# d",
    "\\ ",
    "\\\\ No newline at the end",
  ]);
  expect(shownOutput("cut")).toEqual(["cut", "\\ No newline at the end"]);
  expect(shownErrors("a\n\nb")).toEqual(["! a", "!", "! b", "\\ No newline at the end"]);
  expect([shownOutput(""), shownErrors("")]).toEqual([[], []]);
});

describe("placeholders", () => {
  const accepts = (lines: readonly (readonly [string, string])[], known: Known = {}) => {
    const placeholders = new Placeholders(known);
    return lines.map(([expected, actual]) => placeholders.accepts(expected, actual));
  };

  test.each([
    ["<pid>", "123", "0"],
    ["<seconds>", "0.051", "51"],
    ["<time>", "1700000000", "17"],
    ["<hex>", "0123abcd", "0123ABCD"],
    ["<count>", "12", "none"],
    ["<size>", "12 MiB", "12 MB"],
    ["a<pid>.<pid2>b", "a1.2b", "a1.2.b"],
  ])("%s stands for %s, and not for %s", (written, good, bad) => {
    expect(accepts([[written, good]])).toEqual([true]);
    expect(accepts([[written, bad]])).toEqual([false]);
    expect(accepts([[written, `${good} `]])).toEqual([false]);
  });

  test("one stands for the same text everywhere, another of its kind for another", () => {
    const lines = [
      ["<pid> and <pid>", "1 and 2"],
      ["<pid> and <pid2>", "1 and 2"],
      ["<pid2> and <pid>", "2 and 1"],
      ["<pid2>", "1"],
    ] as const;
    expect(accepts(lines)).toEqual([false, true, true, false]);
  });

  test("what is known stands for itself, whatever is in it", () => {
    const known = { project: "/a.b/(c)", release: /6\.1\.[0-9]+/ };
    expect(accepts([["<project>/d", "/a.b/(c)/d"]], known)).toEqual([true]);
    expect(accepts([["<project>/d", "/aXb/(c)/d"]], known)).toEqual([false]);
    expect(accepts([["<release>", "6.1.12"]], known)).toEqual([true]);
  });

  test("any other word in angle brackets is that word", () => {
    expect(accepts([["<word>", "<word>"]])).toEqual([true]);
    expect(accepts([["<word>", "word"]])).toEqual([false]);
  });
});
