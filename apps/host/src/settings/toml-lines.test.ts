import { parse } from "smol-toml";
import { expect, test } from "vitest";
import { locateKeys } from "./toml-lines.ts";

const keys = (toml: string) => {
  parse(toml);
  return locateKeys(toml).map(({ key, line }) => [key, line]);
};

test.each([
  ["", []],
  ["# a = 1\n\n", []],
  ["a = 1", [["a", 1]]],
  [
    "\n\n  a=1\r\n\tb = 2 # c = 3\n",
    [
      ["a", 3],
      ["b", 4],
    ],
  ],
  [
    'a.b.c = 1\n"q k" = 2\n\'l k\' = 3\n"\\u0061\\n" = 4',
    [
      ["a", 1],
      ["q k", 2],
      ["l k", 3],
      ["a\n", 4],
    ],
  ],
  [
    "a = [ # x = 1\n 'b = 2',\n [\n],\n]\nc = 1",
    [
      ["a", 1],
      ["c", 6],
    ],
  ],
  [
    "a = { b = 1, c = [\n1 ] }\nd = 1",
    [
      ["a", 1],
      ["d", 3],
    ],
  ],
  [
    'a = """\nb = 1\n\\""" c = 2\n"""""\nd = 1',
    [
      ["a", 1],
      ["d", 5],
    ],
  ],
  [
    "a = '''\nb = 1\n'' \\''''\nc = 1",
    [
      ["a", 1],
      ["c", 4],
    ],
  ],
  [
    'a = "x = \\" # y"\nb = "#"\nc = 1',
    [
      ["a", 1],
      ["b", 2],
      ["c", 3],
    ],
  ],
  [
    "a = 1\n[t.u]\nb = 2\n[[v]]\nc = 3\n[ 'w' ]",
    [
      ["a", 1],
      ["t", 2],
      ["v", 4],
      ["w", 6],
    ],
  ],
  [
    "a = \"\"\nb = ''\nc = 1",
    [
      ["a", 1],
      ["b", 2],
      ["c", 3],
    ],
  ],
  [
    '"=" = 1\n"a # b" = 2',
    [
      ["=", 1],
      ["a # b", 2],
    ],
  ],
])("%j", (toml, expected) => {
  expect(keys(toml)).toEqual(expected);
});

test("the value as written", () => {
  expect(locateKeys("kernel = 6.10 # the new one\nb = [\n1]\nc =\t1_000")).toEqual([
    { key: "kernel", line: 1, value: "6.10" },
    { key: "b", line: 2, value: "[" },
    { key: "c", line: 4, value: "1_000" },
  ]);
});

test("cut anywhere, a document is still searched to its end", () => {
  const toml = 'a = """x\n\\""" """\n"b" = [\'c\', { d = 1 }]\n[e]\nf = 1\n';
  for (let cut = 0; cut <= toml.length; cut++) {
    expect(locateKeys(toml.slice(0, cut)).length).toBeLessThanOrEqual(4);
  }
});
