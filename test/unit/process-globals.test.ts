import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const sources = [...new Bun.Glob("{apps/host,libs/*}/src/**/*.ts").scanSync(root)]
  .filter((path) => !path.endsWith(".test.ts") && !path.includes("/testing/"))
  .sort();

/** What a run must not take from the process that it is made in, as there may be many runs in one. */
const globals = /\bprocess\.(?:env|argv|exit|exitCode|chdir)\b|\bBun\.(?:env|argv)\b/;

const using = sources.flatMap((path) =>
  readFileSync(join(root, path), "utf8")
    .split("\n")
    .flatMap((line, index) => (globals.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
);

test("environment and arguments enter, and the process ends, in main.ts alone", () => {
  expect(using.map((line) => line.replace(/:\d+: .*/s, ""))).toEqual(["apps/host/src/main.ts"]);
});
