import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { corePattern, corePrefix, coreSysctls, isCoreOf, isPassing } from "../plan/cores.ts";
import { coreSentences } from "./cores.ts";

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
  expect(corePrefix()).toMatch(/^core-[0-9a-f]{8}-$/);
  expect(corePrefix()).not.toBe(corePrefix());
  expect(corePattern(prefix)).toBe("core-00c0ffee-%e.%p.%t");
});

test("the kernel writes the caller's cores itself, and has those of others written", () => {
  const own = { "kernel/core_pattern": "core-00c0ffee-%e.%p.%t" };
  expect(coreSysctls(prefix, 1000, [1000])).toEqual(own);
  expect(coreSysctls(prefix, 0, [0, 0])).toEqual(own);
  for (const [caller, ...users] of [
    [1000, 0],
    [1000, 1000, 0],
    [0, 4242],
  ] as const) {
    const sysctls = coreSysctls(prefix, caller, users);
    // The limit first: without it a dump may be cut off.
    expect(Object.entries(sysctls)).toEqual([
      ["kernel/core_pipe_limit", "64"],
      ["kernel/core_pattern", "|/vimto/keep-core %P %c core-00c0ffee-%e.%p.%t"],
    ]);
    // CORENAME_MAX_SIZE of the kernel.
    expect(sysctls["kernel/core_pattern"]?.length).toBeLessThan(128);
  }
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
