import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type Given, settingsOf } from "../settings/testing/fixture.ts";
import { cellsOf } from "./cells.ts";

const cwd = mkdtempSync(join(tmpdir(), "vimto-cells-"));
for (const name of ["6.10", "6.2", "6.9"])
  mkdirSync(join(cwd, "kernels", name), { recursive: true });
mkdirSync(join(cwd, "lists"));
writeFileSync(join(cwd, "lists/all"), "# a remark\n../kernels/6.2  # old\n\ndebian:12\n");
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const cells = (given: Given) =>
  cellsOf(settingsOf({ cwd, path: join(cwd, ".vimto.toml"), ...given }));
const kernels = async (given: Given) =>
  (await cells(given)).map(({ settings }) => settings.kernel?.text);
const names = async (given: Given) => (await cells(given)).map(({ name }) => name);

const image = 'kernel = "ghcr.io/cilium/ci-kernels:stable"\n';

const lists: [string, Given, string[]][] = [
  ["each --kernel", { argv: ["--kernel", "a", "--kernel=b"] }, ["a", "b"]],
  ["an option beats the file", { toml: 'kernels = ["a", "b"]', argv: ["--kernel", "c"] }, ["c"]],
  [
    "a pattern, by version",
    { argv: ["--kernel", "./kernels/*"] },
    ["./kernels/6.2", "./kernels/6.9", "./kernels/6.10"],
  ],
  [
    "a file, whose paths start there",
    { argv: ["--kernel", "@lists/all"] },
    [`${cwd}/lists/../kernels/6.2`, "debian:12"],
  ],
  [
    "a list of tags",
    { toml: image, argv: ["--kernel", ":6.1,:6.6"] },
    ["ghcr.io/cilium/ci-kernels:6.1", "ghcr.io/cilium/ci-kernels:6.6"],
  ],
  [
    "a list of tags in a variable",
    { toml: image, environment: { VIMTO_KERNEL: ":6.1,6.6" } },
    ["ghcr.io/cilium/ci-kernels:6.1", "ghcr.io/cilium/ci-kernels:6.6"],
  ],
  [
    "tags of the file's own image",
    { toml: `${image}kernels = [":6.1", "./k"]` },
    ["ghcr.io/cilium/ci-kernels:6.1", "./k"],
  ],
  [
    "a tag of the image in front",
    { argv: ["--kernel", "example.org/k:1", "--kernel", ":2"] },
    ["example.org/k:1", "example.org/k:2"],
  ],
];
test.each(lists)("%s", async (_name, given, expected) => {
  expect(await kernels(given)).toEqual(expected);
});

test("names are the texts, or what tables say, and no two are the same", async () => {
  const toml = `kernels = ["a", "a", { name = "b", kernel = "a" }, { kernel = "c" }]`;
  expect(await names({ toml })).toEqual(["a", "a (2)", "b", "c"]);
  expect(await names({ toml, argv: ["--only", "b", "--only", "a*"] })).toEqual(["a", "a (2)", "b"]);
});

test("a pattern of --only fits slashes, and nothing else is special in it", async () => {
  const argv = ["--kernel", "/k/6.1", "--kernel", "/k/6.12", "--kernel", "/k/6x1"];
  expect(await names({ argv: [...argv, "--only", "*6.1"] })).toEqual(["/k/6.1"]);
  expect(await names({ argv: [...argv, "--only", "/k/6?1"] })).toEqual(["/k/6.1", "/k/6x1"]);
});

test("a table's settings beat the file, and an option beats both", async () => {
  const toml = `memory = "1G"\nappend = "a"\n[[kernels]]\nkernel = "k"\nmemory = "2G"\nappend = ["b"]\nsmp = 2\ntimeout = 5`;
  const [cell] = await cells({ toml, argv: ["--smp", "4"] });
  expect(cell?.settings).toMatchObject({
    memoryBytes: 2 * 2 ** 30,
    append: ["a", "b"],
    cpus: 4,
    timeoutMs: 5000,
  });
});

test("what is expected", async () => {
  const toml = `kernels = ["a", { kernel = "b", expect = "fail" }, { kernel = "c", expect = { status = 3 } },
    { kernel = "d", expect = "skip", reason = "why" }]`;
  expect((await cells({ toml })).map(({ expected }) => expected)).toEqual([
    { kind: "pass" },
    { kind: "fail" },
    { kind: "status", status: 3 },
    { kind: "skip", reason: "why" },
  ]);
});

const mistakes: [string, Given, string][] = [
  [
    "durations without shards",
    { argv: ["--kernel", "a", "--timings", "t.json"] },
    '--timings "t.json" is used only with --shard; add --shard I/N, or leave it out',
  ],
  [
    "a share of none",
    { argv: ["--kernel", "a", "--shard", "auto/0"] },
    '--shard "auto/0" is no share; write for example 1/4 for the first of four, auto, or auto/4',
  ],
  [
    "an empty tag",
    { toml: image, argv: ["--kernel", ":6.1,"] },
    '--kernel ":6.1," has an empty tag; write for example :6.1,:6.6',
  ],
  [
    "a tag of no image",
    { toml: 'kernels = ["./k", ":1"]' },
    `${cwd}/.vimto.toml:1: kernels ":1" needs a configured image, but the kernel is "./k"; name the whole image instead`,
  ],
  [
    "a pattern that fits nothing",
    { argv: ["--kernel", "x*"] },
    `--kernel "x*" fits no file of "${cwd}"; correct the pattern`,
  ],
  [
    "a value of a table",
    { toml: '[[kernels]]\nkernel = "k"\n[[kernels]]\nkernel = "k"\nmemory = "much"' },
    `${cwd}/.vimto.toml:3: memory "much" is not a size; write 512M, 1G or a number of MiB`,
  ],
  [
    "a key of a table",
    { toml: '[[kernels]]\nkernle = "k"' },
    `${cwd}/.vimto.toml:1: kernels, entry 1: unknown key "kernle"; did you mean kernel?`,
  ],
  [
    "a table without a kernel",
    { toml: 'kernels = ["a", { name = "b" }]' },
    `${cwd}/.vimto.toml:1: kernels, entry 2: it names no kernel; add kernel = "..."`,
  ],
  [
    "a kind of expectation",
    { toml: 'kernels = [{ kernel = "b", expect = "fial" }]' },
    `${cwd}/.vimto.toml:1: kernels, entry 1: expect must be "pass", "fail", "skip" or { status = NUMBER }, not "fial"`,
  ],
];
test.each(mistakes)("%s is refused", async (_name, given, message) => {
  await expect((async () => cells(given))()).rejects.toThrowError(
    expect.objectContaining({ message }),
  );
});
