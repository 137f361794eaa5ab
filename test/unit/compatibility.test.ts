import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const places: Readonly<Record<string, string>> = {
  settings: "apps/host/src/settings",
  plan: "apps/host/src/plan",
  qemu: "libs/qemu/src",
  find: "libs/kernel/src/find",
  guest: "test/guest",
  registry: "test/registry",
  sessions: "test/sessions",
};

const rows = readFileSync(join(root, "docs/compatibility.md"), "utf8")
  .split("\n")
  .filter((line) => /^\| (?!what \|)/.test(line));

test("docs/compatibility.md has rows", () => {
  expect(rows.length).toBeGreaterThan(20);
});

test.each(rows)("%s names tests that are there", (row) => {
  const names = [...row.matchAll(/`(\w+)\/([\w-]+\.(?:test\.ts|session))`/g)];
  const missing = names
    .map(([, place = "", file = ""]) => join(places[place] ?? place, file))
    .filter((path) => !existsSync(join(root, path)));
  expect(missing).toEqual([]);
  expect(names.length).toBeGreaterThan(0);
});
