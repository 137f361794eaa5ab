import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterAll, expect, test } from "vitest";
import { basename, dirname, join, onDisk, realPath, resolve } from "./byte-path.ts";
import { textOfBytes } from "./byte-text.ts";

const base = mkdtempSync(join(tmpdir(), "vimto-byte-path-"));
afterAll(() => rmSync(base, { recursive: true }));

test("parts of a path that are not UTF-8 stay as they are", () => {
  const odd = "/a\udcff/ä\udcc3";
  expect(join(odd, "c", "..", "\udc80")).toBe(`${odd}/\udc80`);
  expect(resolve(odd, "../b")).toBe("/a\udcff/b");
  expect(resolve("/x", odd)).toBe(odd);
  expect(dirname(odd)).toBe("/a\udcff");
  expect(basename(odd)).toBe("ä\udcc3");
});

test("a relative path is relative to the first", () => {
  expect(resolve("/srv/ä", "b")).toBe("/srv/ä/b");
  expect(resolve("/srv/ä", "\udcff")).toBe("/srv/ä/\udcff");
});

test("a name on disk has its bytes", () => {
  const bytes = Array.from({ length: 255 }, (_, index) => index + 1).filter(
    (byte) => byte !== 0x2f,
  );
  const name = textOfBytes(Uint8Array.from(bytes));
  mkdirSync(onDisk(join(base, name)));
  const [found] = readdirSync(base, { encoding: "buffer" });
  expect([...(found ?? [])]).toEqual(bytes);
  symlinkSync(onDisk(name), join(base, "link"));
  for (const path of ["link", `${name}/../link`])
    expect(realPath(join(base, path))).toBe(join(base, name));
});
