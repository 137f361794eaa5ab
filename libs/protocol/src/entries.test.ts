import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** Every file and package that is loaded when `file` is imported; type imports cost nothing. */
function loads(file: URL, seen = new Set<string>()): Set<string> {
  const transpiler = new Bun.Transpiler({ loader: "ts" });
  for (const { path } of transpiler.scan(readFileSync(file, "utf8")).imports) {
    const name = path.startsWith(".") ? new URL(path, file).href : path;
    if (seen.has(name)) continue;
    seen.add(name);
    if (path.startsWith(".")) loads(new URL(name), seen);
  }
  return seen;
}

const packages = (entry: string) =>
  [...loads(new URL(entry, import.meta.url))].filter((name) => !name.startsWith("file:"));

test("the entry point without messages loads no package at all", () => {
  expect(packages("./frames.ts")).toEqual([]);
});

test("the others load zod and nothing else", () => {
  expect(packages("./messages.ts")).toEqual(["zod"]);
  expect(packages("./index.ts")).toEqual(["zod"]);
});
