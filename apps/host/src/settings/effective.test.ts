import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { settingsOf } from "./testing/fixture.ts";

const mebibyte = 1024 ** 2;
const top = mkdtempSync(join(tmpdir(), "effective-"));
for (const name of ["here/data", "project/data", "project/out"]) {
  mkdirSync(join(top, name), { recursive: true });
}
afterAll(() => rmSync(top, { recursive: true, force: true }));

const refusal = (code: string, message: string) => expect.objectContaining({ code, message });

test("the defaults", () => {
  const { written, ...settings } = settingsOf({});
  expect(settings).toEqual({
    kernel: undefined,
    several: undefined,
    only: [],
    jobs: undefined,
    shard: undefined,
    bisect: false,
    resume: false,
    failFast: false,
    retryBoot: false,
    output: undefined,
    reports: [],
    memoryBytes: 128 * mebibyte,
    cpus: 1,
    smpText: "cpus=1",
    arch: "amd64",
    accel: "auto",
    fs: "auto",
    net: "none",
    tty: "auto",
    forwards: [],
    append: [],
    shares: [],
    user: undefined,
    sudo: false,
    shellOnFailure: false,
    setup: [],
    teardown: [],
    timeoutMs: undefined,
    fresh: false,
    pull: "missing",
    mirrors: {},
    requireSignature: false,
    gdbPort: undefined,
    dryRun: false,
    verbose: false,
    quiet: false,
    file: undefined,
    fileNamed: false,
    cwd: "/project",
    warnings: [],
  });
  expect(written.get("memory")).toEqual([{ text: "128M", origin: { from: "default" } }]);
});

test("an option beats the environment, that the file, that the default", () => {
  const toml = "memory = '1G'\nsmp = 2\ntimeout = '1m'";
  const environment = { VIMTO_MEMORY: "2G", VIMTO_SMP: "3" };
  const settings = settingsOf({ toml, environment, argv: ["-memory", "3G"] });
  expect(settings).toMatchObject({
    memoryBytes: 3072 * mebibyte,
    cpus: 3,
    timeoutMs: 60_000,
    pull: "missing",
    file: "/project/.vimto.toml",
  });
  expect(settings.written.get("memory")?.[0]?.origin).toEqual({
    from: "flag",
    spelling: "-memory",
  });
});

test("the last of several equal options counts", () => {
  expect(settingsOf({ argv: ["--smp", "2", "-smp=4"] }).cpus).toBe(4);
});

test("options of every kind", () => {
  const argv = ["--kernel", "6.10", "--arch=aarch64", "--accel", "tcg", "--gdb=99", "--dry-run"];
  expect(settingsOf({ argv: [...argv, "--verbose", "--pull", "never"] })).toMatchObject({
    kernel: { text: "6.10", directory: "/project" },
    arch: "arm64",
    accel: "tcg",
    gdbPort: 99,
    fresh: true,
    dryRun: true,
    verbose: true,
    pull: "never",
  });
});

test.each([
  [["--fresh"], undefined, true],
  [[], "start = 'fresh'", true],
  [["--fresh=false"], "start = 'fresh'", false],
  [["--gdb"], undefined, true],
  [["--gdb=false"], undefined, false],
])("%j with %j boots anew: %s", (argv, toml, fresh) => {
  expect(settingsOf({ argv, ...(toml !== undefined && { toml }) }).fresh).toBe(fresh);
});

test("a tag goes on the configured image", () => {
  const toml = "kernel = 'ghcr.io/cilium/ci-kernels:stable'";
  expect(settingsOf({ toml, argv: ["-kernel", ":6.6"] }).kernel).toEqual({
    text: "ghcr.io/cilium/ci-kernels:stable",
    // A relative oci:DIR starts where it was written, not where the tag was.
    directory: "/project",
    tag: { text: "6.6", name: "-kernel" },
  });
  expect(settingsOf({ toml, environment: { VIMTO_KERNEL: ":6.1" } }).kernel?.tag).toEqual({
    text: "6.1",
    name: "VIMTO_KERNEL",
  });
  expect(() => settingsOf({ argv: ["-kernel", ":6.6"] })).toThrowError(
    refusal(
      "bad-value",
      '-kernel ":6.6" needs a configured image to put the tag on; name the whole image instead',
    ),
  );
});

test("a relative kernel of the file starts at the file", () => {
  expect(settingsOf({ toml: "kernel = './vmlinuz'" }).kernel).toEqual({
    text: "./vmlinuz",
    directory: "/project",
  });
});

test("kernel arguments add up, and of equal ones the last stays", () => {
  const settings = settingsOf({
    toml: "append = ['a=1', 'b', 'c d']",
    environment: { VIMTO_APPEND: "e" },
    argv: ["--append", "f", "--append=a=1"],
  });
  expect(settings.append).toEqual(["b", "c d", "e", "f", "a=1"]);
});

test("shares add up, each from its own place, and the last mode of a path counts", () => {
  const settings = settingsOf({
    cwd: join(top, "here"),
    path: join(top, "project/.vimto.toml"),
    toml: "share = ['data', 'out:ro']",
    environment: { VIMTO_SHARE: "data:ro" },
    argv: ["--share", "../project/out", "--share", "."],
  });
  expect(settings.shares).toEqual([
    { path: join(top, "project/data"), readonly: false },
    { path: join(top, "project/out"), readonly: false },
    { path: join(top, "here/data"), readonly: true },
    { path: join(top, "here"), readonly: false },
  ]);
});

test.each([
  [[], "user = 'bob'", "bob", false],
  [["--user", "eve"], "user = 'bob'", "eve", false],
  [["--sudo"], "user = 'bob'", "root", true],
  [["--user", "eve"], "sudo = true", "eve", false],
  [["--sudo=false"], "sudo = true", undefined, false],
  [["--sudo=false"], "user = 'bob'", "bob", false],
  [["--sudo=false", "--user", "eve"], "sudo = true", "eve", false],
  [[], "sudo = false\nuser = 'bob'", "bob", false],
])("%j with %j is %s", (argv, toml, user, sudo) => {
  expect(settingsOf({ argv, toml })).toMatchObject({ user, sudo });
});

test("verbose and quiet overrule each other across places", () => {
  expect(settingsOf({ toml: "quiet = true", argv: ["--verbose"] })).toMatchObject({
    verbose: true,
    quiet: false,
  });
});

test("a search goes on after a bad kernel", () => {
  expect(() => settingsOf({ argv: ["--bisect", "--fail-fast"] })).toThrowError(
    refusal(
      "conflict",
      "--bisect and --fail-fast do not go together, as a search goes on after a bad kernel; leave one of them out",
    ),
  );
  expect(settingsOf({ argv: ["--bisect"], toml: "fail-fast = true" }).failFast).toBe(false);
});

test("earlier results are for a search alone", () => {
  expect(settingsOf({ argv: ["--bisect", "--resume"] })).toMatchObject({ resume: true });
  expect(() => settingsOf({ argv: ["--resume"] })).toThrowError(
    refusal("conflict", "--resume is used only with --bisect; add --bisect, or leave --resume out"),
  );
});

test.each([
  [
    { argv: ["--user", "bob", "--sudo"] },
    "--user and --sudo contradict each other; name the user, or leave it to --sudo",
  ],
  [
    { toml: "user = 'bob'\nsudo = true" },
    "/project/.vimto.toml:1: user and /project/.vimto.toml:2: sudo contradict each other; name the user, or leave it to --sudo",
  ],
  [
    { environment: { VIMTO_VERBOSE: "1", VIMTO_QUIET: "1" } },
    "VIMTO_VERBOSE and VIMTO_QUIET contradict each other; choose one",
  ],
])("%j contradicts itself", (given, message) => {
  expect(() => settingsOf(given)).toThrowError(refusal("conflict", message));
});

test("VIMTO_DISABLE_KVM chooses tcg with a warning, an option overrules it", () => {
  const environment = { VIMTO_DISABLE_KVM: "true" };
  expect(settingsOf({ environment, toml: "accel = 'kvm'" })).toMatchObject({
    accel: "tcg",
    warnings: ["KVM disabled by VIMTO_DISABLE_KVM"],
  });
  expect(settingsOf({ environment, argv: ["--accel", "kvm"] })).toMatchObject({
    accel: "kvm",
    warnings: [],
  });
});

test("setup and teardown, in shell words", () => {
  const toml = `setup = ["touch 'foo bar'", "ip link"]\nteardown = "rm 'foo bar'"`;
  expect(settingsOf({ toml })).toMatchObject({
    setup: [
      { text: "touch 'foo bar'", argv: ["touch", "foo bar"] },
      { text: "ip link", argv: ["ip", "link"] },
    ],
    teardown: [{ text: "rm 'foo bar'", argv: ["rm", "foo bar"] }],
  });
});

test("the same setup command may come twice", () => {
  expect(settingsOf({ toml: "setup = ['a', 'b', 'a']" }).setup).toHaveLength(3);
});

test.each([
  [{ argv: ["--memory", "0"] }, '--memory "0" leaves the command no memory; write 128M or more'],
  [
    { argv: ["-smp=999"] },
    '-smp "999" is more than the 288 CPUs that a machine can have; write 288 or less',
  ],
  [
    { environment: { VIMTO_MEMORY: "1T" } },
    'VIMTO_MEMORY "1T" is more than the 512G that a machine can have; write less',
  ],
  [
    { toml: "smp = 1\nmemory = 0" },
    '/project/.vimto.toml:2: memory "0" leaves the command no memory; write 128M or more',
  ],
  [
    { toml: "memory = ''" },
    '/project/.vimto.toml:1: memory "" is not a size; write 512M, 1G or a number of MiB',
  ],
  [{ argv: ["--accel", "xen"] }, '--accel "xen" is not known; write auto, kvm or tcg'],
  [
    { environment: { VIMTO_START: "freshh" } },
    'VIMTO_START "freshh" is not known; did you mean "fresh"?',
  ],
  [{ argv: ["--pull", "often"] }, '--pull "often" is not known; write always, missing or never'],
  [
    { toml: '\nsetup = ["echo \'x"]' },
    '/project/.vimto.toml:2: setup "echo \'x" ends inside a single quote; close it or quote it',
  ],
  [
    { toml: "teardown = ' '" },
    '/project/.vimto.toml:1: teardown has the empty command " "; remove it',
  ],
  [{ environment: { VIMTO_SUDO: "maybe" } }, 'VIMTO_SUDO "maybe" is neither true nor false'],
])("%j is refused", (given, message) => {
  expect(() => settingsOf(given)).toThrowError(refusal("bad-value", message));
});

test("a share that is not there names its place", () => {
  expect(() => settingsOf({ toml: "share = 'gone'" })).toThrowError(
    refusal(
      "share",
      '/project/.vimto.toml:1: share "gone" does not exist (looked for "/project/gone"); make it or correct the path',
    ),
  );
});
