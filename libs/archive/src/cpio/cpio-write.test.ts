import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, type TestContext, test } from "vitest";
import { type CpioEntry, CpioError, writeCpio } from "./index.ts";

const scratch = mkdtempSync(join(tmpdir(), "vimto-cpio-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const utf8 = (text: string) => new TextEncoder().encode(text);

/** Larger than the writer's buffer, and of no round length. */
const large = new Uint8Array(3 * 1024 * 1024 + 17).map((_, at) => at * 31 + (at >> 8));
const hostPath = join(scratch, "large");
writeFileSync(hostPath, large);

const entries: readonly CpioEntry[] = [
  { type: "file", path: "init", mode: 0o755, content: utf8("#!/bin/sh\n") },
  { type: "directory", path: "tmp", mode: 0o1777 },
  {
    type: "file",
    path: "usr/bin/large",
    mode: 0o4755,
    content: { hostPath, size: large.length },
    pageAligned: true,
  },
  { type: "file", path: "usr/lib/in memory", mode: 0o644, content: large },
  { type: "symlink", path: "bin", target: "usr/bin" },
  { type: "char device", path: "dev/console", mode: 0o600, rdev: { major: 5, minor: 1 } },
  { type: "file", path: "é", mode: 0, content: utf8("") },
];

let archives = 0;

async function written(of: readonly CpioEntry[]): Promise<string> {
  archives += 1;
  const path = join(scratch, `${archives}.cpio`);
  await using file = await open(path, "wx");
  const size = await writeCpio(file, of);
  expect((await file.stat()).size).toBe(size);
  return path;
}

/** Runs cpio(1), or skips the test by name where it is not installed; in CI that is a failure. */
function cpio(context: TestContext, options: readonly string[], archive: string, cwd = scratch) {
  const env = { ...process.env, TZ: "UTC", LC_ALL: "C" };
  const result = spawnSync("cpio", options, {
    cwd,
    env,
    input: readFileSync(archive),
  });
  if (result.error) {
    if (process.env.CI === "true") throw result.error;
    context.skip("cpio is not installed (Debian package cpio)");
  }
  return { stdout: String(result.stdout), stderr: String(result.stderr) };
}

test("cpio lists what was put in", async (context) => {
  const { stdout, stderr } = cpio(context, ["-itv", "--quiet"], await written(entries));
  expect(stderr).toBe("");
  expect(stdout.trimEnd().split("\n")).toEqual([
    "-rwxr-xr-x   1 root     root           10 Jan  1  1970 init",
    "drwxrwxrwt   2 root     root            0 Jan  1  1970 tmp",
    "drwxr-xr-x   2 root     root            0 Jan  1  1970 usr",
    "drwxr-xr-x   2 root     root            0 Jan  1  1970 usr/bin",
    "-rwsr-xr-x   1 root     root      3145745 Jan  1  1970 usr/bin/large",
    "drwxr-xr-x   2 root     root            0 Jan  1  1970 usr/lib",
    "-rw-r--r--   1 root     root      3145745 Jan  1  1970 usr/lib/in memory",
    "lrwxrwxrwx   1 root     root            7 Jan  1  1970 bin -> usr/bin",
    "drwxr-xr-x   2 root     root            0 Jan  1  1970 dev",
    "crw-------   1 root     root       5,   1 Jan  1  1970 dev/console",
    "----------   1 root     root            0 Jan  1  1970 é",
  ]);
});

test("cpio extracts the bytes that were put in", async (context) => {
  const target = mkdtempSync(join(scratch, "extracted-"));
  const archive = await written(entries);
  const { stderr } = cpio(
    context,
    ["-id", "--quiet", "--no-preserve-owner", "init", "usr/*"],
    archive,
    target,
  );
  expect(stderr).toBe("");
  expect(readFileSync(join(target, "init"), "utf8")).toBe("#!/bin/sh\n");
  expect(readFileSync(join(target, "usr/bin/large")).equals(large)).toBe(true);
});

test("the same entries give the same bytes, with content from a file or from memory", async () => {
  const one = readFileSync(await written(entries));
  const two = readFileSync(await written(entries));
  expect(one.equals(two)).toBe(true);
  const inMemory = entries.map((entry) =>
    entry.type === "file"
      ? { ...entry, content: entry.content instanceof Uint8Array ? entry.content : large }
      : entry,
  );
  expect(one.equals(readFileSync(await written(inMemory)))).toBe(true);
});

const withHostFile = (path: string, size: number): readonly CpioEntry[] => [
  { type: "file", path: "a", mode: 0o644, content: { hostPath: path, size } },
];

test("a host file that is missing, or not as long as it was, is an error", async () => {
  const missing = join(scratch, "missing");
  await expect(written(withHostFile(missing, 1))).rejects.toThrow(
    new CpioError("unreadable", `cannot read "${missing}" for the archive: ENOENT`, {}),
  );
  await expect(written(withHostFile(scratch, 1))).rejects.toThrow(
    new CpioError("unreadable", `cannot read "${scratch}" for the archive: EISDIR`),
  );
  await expect(written(withHostFile(hostPath, large.length + 1))).rejects.toThrow(
    new CpioError(
      "changed",
      `"${hostPath}" changed while it was copied: it had 3145746 bytes and now has only 3145745`,
    ),
  );
  await expect(written(withHostFile(hostPath, large.length - 1))).rejects.toThrow(
    new CpioError(
      "changed",
      `"${hostPath}" changed while it was copied: it had 3145744 bytes and now has more`,
    ),
  );
});

test("an error of the target passes through", async () => {
  await using full = await open("/dev/full", "w");
  await expect(writeCpio(full, entries)).rejects.toMatchObject({ code: "ENOSPC" });
});
