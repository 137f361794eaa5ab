import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const scan = (pattern: string) => [...new Bun.Glob(pattern).scanSync(root)];
const sources = [...scan("apps/host/src/**/*.ts"), ...scan("libs/*/src/**/*.ts")]
  .filter((path) => !path.endsWith(".test.ts") && !path.includes("/testing/"))
  .sort();

/** What a run must not take from the process that it is made in, as there may be many runs in one. */
const globals = /\bprocess\.(?:env|argv|exit|exitCode|chdir)\b|\bBun\.(?:env|argv)\b/;

const using = sources.flatMap((path) =>
  readFileSync(join(root, path), "utf8")
    .split("\n")
    .filter((line) => globals.test(line) && !/^\s*(?:\*|\/[/*])/.test(line))
    .map(() => path),
);

test("environment and arguments enter, and the process ends, in main.ts alone", () => {
  // Bun's fetch reads the proxy variables itself: libs/http hides them while a request starts.
  expect([...new Set(using)]).toEqual(["apps/host/src/main.ts", "libs/http/src/proxy.ts"]);
});
