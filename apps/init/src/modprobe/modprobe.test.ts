import { closeSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { architectures } from "@vimto/linux";
import { afterAll, describe, expect, type TestContext, test } from "vitest";
import { pipeFrom } from "../../../../libs/asm/src/testing/descriptors.ts";
import { emulator, start, Workshop } from "../../../../libs/asm/src/testing/run.ts";
import { modprobe } from "./modprobe.ts";

const workshop = new Workshop();
afterAll(() => workshop.remove());

const RELEASE = "1.2.3-test";
const root = workshop.subdirectory();
const modules = join(root, "lib/modules", RELEASE);

const files: Readonly<Record<string, string>> = {
  "modules.dep": `kernel/vt-one.ko.xz: kernel/vt_b.ko kernel/vt_c.ko
kernel/vt_b.ko: kernel/vt_c.ko
kernel/vt_c.ko:
kernel/vt_pre.ko:
kernel/vt_late.ko.zst:
/elsewhere/vt_far.ko:
`,
  "modules.alias": `# Aliases extracted from modules themselves.
alias vt:v0000*d*sv[0-9A]*x[!y]z vt_one
alias vt-pf-99 vt_late
alias vt-pf-9? vt_c
alias many vt_b
alias many vt_late
alias bad[ vt_b
`,
  "modules.symbols": "alias symbol:vt_function vt_b\n",
  "modules.softdep": "softdep vt_one pre: many vt_pre nowhere post: vt_far\n",
  "modules.builtin": "kernel/fs/vt-inside.ko\n",
};
const settings: Readonly<Record<string, string>> = {
  "b.conf": '  options vt-one second=2 \\\n  third="a b"\nblacklist\tvt_late\nalias mine vt_c',
  "a.conf": "options vt_one first=1\nalias vt-pf-99 vt_pre\n",
  "c.txt": "alias mine vt_b\n",
  "d.conf":
    "#options vt_one no=1\noptionsx vt_one no=2\ninstall vt_pre echo installed $CMDLINE_OPTS; exit 0\n",
};
for (const [name, text] of Object.entries(files)) put(join(modules, name), text);
for (const [name, text] of Object.entries(settings)) put(join(root, "etc", name), text);

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const at = (path: string) => `insmod ${modules}/kernel/${path}\n`;
const [B, C, LATE] = [at("vt_b.ko"), at("vt_c.ko"), at("vt_late.ko.zst")];
const PRE = "echo installed $CMDLINE_OPTS; exit 0\n";
const FAR = "insmod /elsewhere/vt_far.ko\n";
const one = (options: string) => at(`vt-one.ko.xz first=1 second=2     third="a b"${options}`);
/** vt_one with what it needs, what it wants before it, but for vt_late, and what it wants behind it. */
const ONE = (options = "") => `${C}${B}${PRE}${one(options)}${FAR}`;
const missing = (name: string, level = "FATAL") =>
  `modprobe: ${level}: Module ${name} not found in directory ${modules}\n`;

type Case = readonly [
  args: string,
  expected: { stdout?: string; stderr?: string; status?: number },
];
const cases: readonly Case[] = [
  ["vt_one", { stdout: ONE() }],
  ["vt-one a=1 b=2", { stdout: ONE(" a=1 b=2") }],
  ["vt:v0000xd1sv7x1z", { stdout: ONE() }],
  ["vt:v0000xd1sv7xyz", { status: 1, stderr: missing("vt:v0000xd1sv7xyz") }],
  ["vt:v0000xd1svBx1z", { status: 1, stderr: missing("vt:v0000xd1svBx1z") }],
  ["bad[", { status: 1, stderr: missing("bad[") }],
  // Settings stand before the index; other files of the directory count for nothing.
  ["mine", { stdout: C }],
  ["vt_pf_99", { stdout: PRE }],
  ["vt-pf-98", { stdout: C }],
  ["many", { stdout: `${C}${B}` }],
  ["symbol:vt_function", { stdout: `${C}${B}` }],
  // The blacklist is for aliases.
  ["vt_late", { stdout: LATE }],
  ["-b vt_late", {}],
  ["-a many vt_late", { stdout: `${C}${B}${LATE}` }],
  [
    "-a vt_c nowhere vt_b",
    { status: 1, stdout: `${C}${B}`, stderr: missing("nowhere", "WARNING") },
  ],
  ["-i vt_pre", { stdout: at("vt_pre.ko") }],
  ["vt_inside", {}],
  ["-D vt-inside", { stdout: "builtin vt-inside\n" }],
  ["--show-depends vt_b", { stdout: `${C}${B}` }],
  ["-q nowhere", { status: 1 }],
  ["-q -- vt_c", { stdout: C }],
  ["-- -v", { status: 1, stderr: missing("-v") }],
  ["-r vt_one", {}],
  ["-r nowhere", { status: 1, stderr: missing("nowhere") }],
  [
    "-r --first-time vt_one",
    { status: 1, stderr: "modprobe: FATAL: Module vt_one is not in kernel.\n" },
  ],
  ["", { status: 1, stderr: "modprobe: ERROR: missing parameters. See -h.\n" }],
  ["-qZ x", { status: 1, stderr: "modprobe: unrecognized option '-Z'; see modprobe -h\n" }],
  ["--zzz x", { status: 1, stderr: "modprobe: unrecognized option '--zzz'; see modprobe -h\n" }],
  ["x --config", { status: 1, stderr: "modprobe: --config needs a value\n" }],
];

describe.each(architectures)("modprobe on %s", (arch) => {
  const program = workshop.place(modprobe(), arch);

  async function run(context: TestContext, args: readonly string[]) {
    const [out, err] = [pipeFrom(1 << 16), pipeFrom(1 << 16)];
    const cmd = [...emulator(context, arch), program, ...args];
    const running = start(cmd, ["ignore", out.theirs, err.theirs], {
      PATH: process.env.PATH ?? "",
    });
    for (const { theirs } of [out, err]) closeSync(theirs);
    const [stdout, stderr] = await Promise.all([out.ours.rest(), err.ours.rest()]);
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { status: await running.ended, stdout: text(stdout), stderr: text(stderr) };
  }

  test.for(cases)("%s", async ([args, { stdout = "", stderr = "", status = 0 }], context) => {
    const place = ["-nv", "-d", root, `--set-version=${RELEASE}`, "-C", join(root, "etc")];
    const result = await run(context, [...place, ...args.split(" ").filter(Boolean)]);
    expect(result).toEqual({ status, stdout, stderr });
  });

  test("runs what stands in place of a module, with its parameters, and tells when it fails", async (context) => {
    const conf = (text: string) => [
      "-d",
      root,
      "-S",
      RELEASE,
      "-C",
      workshop.file(text),
      "vt_c",
      "p=1",
    ];
    expect(await run(context, conf("install vt_c echo $CMDLINE_OPTS; echo x >&2\n"))).toEqual({
      status: 0,
      stdout: "p=1\n",
      stderr: "x\n",
    });
    expect(await run(context, conf("install vt_c /bin/false"))).toEqual({
      status: 1,
      stdout: "",
      stderr: "modprobe: ERROR: the command of modprobe.d for 'vt_c' failed\n",
    });
  });

  test("says why a module was not loaded", async (context) => {
    const result = await run(context, ["-d", root, "-S", RELEASE, "-C", "/nowhere", "vt_c"]);
    expect(result).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "modprobe: ERROR: could not insert 'vt_c': Unknown symbol in module, or unknown parameter (see dmesg)\n",
    });
  });

  test("reads lines of any length and any place in a word", async (context) => {
    for (let length = 1; length < 40; length++) {
      const name = "x".repeat(length);
      const text = `#${"-".repeat(length)}\nalias ${name} vt_c\n\n`;
      const result = await run(context, [
        "-nv",
        "-d",
        root,
        "-S",
        RELEASE,
        "-C",
        workshop.file(text),
        name,
      ]);
      expect(result, name).toEqual({ status: 0, stdout: C, stderr: "" });
    }
  });
});
