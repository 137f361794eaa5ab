import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { coreSentences } from "./files.ts";
import { corePrefix, coreSysctls, isCoreOf, isPassing } from "./pattern.ts";

const base = mkdtempSync(join(tmpdir(), "vimto-cores-"));
afterAll(() => rmSync(base, { recursive: true }));
const prefix = "core-00c0ffee-";

function run(name: string, cores: readonly string[]): { cwd: string; binary: string } {
  const cwd = join(base, name);
  const binary = join(cwd, "go-build123/b001/package.test");
  mkdirSync(join(binary, ".."), { recursive: true });
  writeFileSync(binary, "ELF");
  for (const core of cores) writeFileSync(join(cwd, core), "");
  return { cwd, binary };
}

test("the cores of a run have a name of their own", () => {
  expect(corePrefix(Uint8Array.of(0, 0xc0, 0xff, 0xee))).toBe(prefix);
});

const name = "core-00c0ffee-%e.%p.%t";
const long = `/${"long/".repeat(30)}x`;

test.each([
  ["/src", `/src/${name}`],
  ["/100% mine", `/100%% mine/${name}`],
  [long, name],
])("the kernel writes the caller's cores itself: %s", (cwd, pattern) => {
  expect(coreSysctls(prefix, cwd, 1000, [1000])).toEqual({ "kernel/core_pattern": pattern });
  expect(coreSysctls(prefix, cwd, 0, [0, 0])).toEqual({ "kernel/core_pattern": pattern });
});

test.each([
  ["/src", `/src/${name}`],
  ["/a%b", `/a%%b/${name}`],
  ["/a b", name],
  // Its last byte is one at which the kernel splits.
  ["/à", name],
  ["/\udcff", `/\udcff/${name}`],
  [long, name],
])("the kernel has others' cores written: %s", (cwd, path) => {
  const pattern = `|/proc/1/exe %P %c ${path}`;
  // The limit first: without it a dump may be cut off.
  for (const [caller, ...users] of [
    [1000, 0],
    [1000, 1000, 0],
    [0, 4242],
  ] as const)
    expect(Object.entries(coreSysctls(prefix, cwd, caller, users))).toEqual([
      ["kernel/core_pipe_limit", "64"],
      ["kernel/core_pattern", pattern],
    ]);
});

test("a core belongs to a program by the 15 characters that the kernel keeps", () => {
  expect(isCoreOf(`${prefix}sleep.12.34`, prefix, "/bin/sleep")).toBe(true);
  expect(isCoreOf(`${prefix}sleeper.12.34`, prefix, "/bin/sleep")).toBe(false);
  expect(isCoreOf(`${prefix}a-very-long-nam.12.34`, prefix, "./a-very-long-name.test")).toBe(true);
});

test("only go's own test binaries pass", () => {
  expect(isPassing("/tmp/go-build123/b001/x.test")).toBe(true);
  expect(isPassing("/home/me/x.test")).toBe(false);
  expect(isPassing("/tmp/go-build123/b001/exe/x")).toBe(false);
});

test("nothing is said of a run without cores, or of the cores of others", () => {
  const { cwd, binary } = run("none", ["core-11111111-sleep.1.2", "core"]);
  expect(coreSentences(cwd, prefix, binary)).toEqual([]);
  expect(coreSentences(join(base, "gone"), prefix, binary)).toEqual([]);
});

test("a test binary is kept beside its core", () => {
  const core = `${prefix}package.test.81.1700000000`;
  const { cwd, binary } = run("crash", [core]);
  const copy = join(cwd, `${prefix}package.test`);
  expect(coreSentences(cwd, prefix, binary)).toEqual([
    `core dumped: ${join(cwd, core)}`,
    `its test binary: ${copy}`,
  ]);
  expect(readFileSync(copy, "utf8")).toBe("ELF");
});

test("a test binary is not kept for the core of another program", () => {
  const core = `${prefix}sleep.81.1700000000`;
  const { cwd, binary } = run("other", [core]);
  expect(coreSentences(cwd, prefix, binary)).toEqual([`core dumped: ${join(cwd, core)}`]);
  expect(existsSync(join(cwd, `${prefix}package.test`))).toBe(false);
});
