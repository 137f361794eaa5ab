import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const rows = readFileSync(join(root, "docs/compatibility.md"), "utf8")
  .split("\n")
  .filter((line) => /^\| (?!what \|)/.test(line));

test.each(rows)("%s", (row) => {
  const named =
    row
      .split("|")
      .at(-2)
      ?.match(/[^`\s,]+/g) ?? [];
  expect(named).not.toEqual([]);
  for (const path of named) {
    expect(path).toMatch(/\.(?:test\.ts|session)$/);
    expect(existsSync(join(root, path)), path).toBe(true);
  }
});
