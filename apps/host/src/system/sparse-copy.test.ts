import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { memoryFile } from "./libc.ts";
import { copySparse, fileLike } from "./sparse-copy.ts";

const directory = mkdtempSync(join(tmpdir(), "sparse-"));
afterAll(() => rmSync(directory, { recursive: true }));

const MIB = 1 << 20;

test.for([
  ["data at the start and in the middle, a hole at the end", [0, 5 * MIB], 16 * MIB],
  ["data up to the end", [3 * MIB, 8 * MIB - 1], 8 * MIB],
  ["nothing but a hole", [], 4 * MIB],
] as const)("%s", ([, places, size]) => {
  const path = join(directory, "from");
  rmSync(path, { force: true });
  const from = openSync(path, "w+");
  const to = memoryFile("test");
  try {
    for (const place of places) writeSync(from, Buffer.from("x"), 0, 1, place);
    writeSync(from, Buffer.alloc(1), 0, 1, size - 1 - (places.at(-1) === size - 1 ? 1 : 0));
    fileLike(to, from);
    copySparse(from, to);
    expect(fstatSync(to).size).toBe(fstatSync(from).size);
    expect(readFileSync(`/proc/self/fd/${to}`).equals(readFileSync(path))).toBe(true);
    expect(fstatSync(to).blocks * 512).toBeLessThanOrEqual((places.length + 1) * 64 * 1024);
  } finally {
    closeSync(from);
    closeSync(to);
  }
});

test("a copy that fails says which call it was", () => {
  const from = openSync(join(directory, "whole"), "w+");
  const to = openSync("/dev/null", "r");
  try {
    writeSync(from, "text");
    expect(() => copySparse(from, to)).toThrow("sendfile failed (EBADF)");
  } finally {
    closeSync(from);
    closeSync(to);
  }
});
