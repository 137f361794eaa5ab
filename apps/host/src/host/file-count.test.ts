import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { hasMoreFiles } from "./file-count.ts";

const top = mkdtempSync(join(tmpdir(), "file-count-"));
afterAll(() => rmSync(top, { recursive: true, force: true }));

test("files and directories count at every depth, and links are not followed", () => {
  mkdirSync(join(top, "a/b"), { recursive: true });
  for (const name of ["1", "a/2", "a/b/3"]) writeFileSync(join(top, name), "");
  symlinkSync(top, join(top, "a/b/link"));
  expect(hasMoreFiles(top, 5)).toBe(true);
  expect(hasMoreFiles(top, 6)).toBe(false);
  expect(hasMoreFiles(join(top, "nowhere"), 0)).toBe(false);
});
