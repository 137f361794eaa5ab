import { expect, test } from "vitest";
import { parseSettings } from "./file-parse.ts";

const path = "/p/.vimto.toml";

const read = (toml: string) =>
  Object.fromEntries(
    [...parseSettings(toml, path)].map(([key, entries]) => [
      key,
      entries.map(({ text, origin }) => [text, origin.from === "file" ? origin.line : 0]),
    ]),
  );

test("every key", () => {
  const toml = `# settings
kernel = "ghcr.io/cilium/ci-kernels:stable"
memory = "size=1G"
smp = "cpus=2"
arch = "amd64"
accel = "tcg"
append = ["lsm=bpf", "a b"]
share = [
  "data:ro",
  "out",
]
user = "nobody"
sudo = false
setup = ["ip link set dev lo up", "touch 'foo bar'"]
teardown = "rm 'foo bar'"
timeout = "1m"
start = "fresh"
pull = "never"
verbose = true
quiet = false
`;
  expect(read(toml)).toEqual({
    kernel: [["ghcr.io/cilium/ci-kernels:stable", 2]],
    memory: [["size=1G", 3]],
    smp: [["cpus=2", 4]],
    arch: [["amd64", 5]],
    accel: [["tcg", 6]],
    append: [
      ["lsm=bpf", 7],
      ["a b", 7],
    ],
    share: [
      ["data:ro", 8],
      ["out", 8],
    ],
    user: [["nobody", 12]],
    sudo: [["false", 13]],
    setup: [
      ["ip link set dev lo up", 14],
      ["touch 'foo bar'", 14],
    ],
    teardown: [["rm 'foo bar'", 15]],
    timeout: [["1m", 16]],
    start: [["fresh", 17]],
    pull: [["never", 18]],
    verbose: [["true", 19]],
    quiet: [["false", 20]],
  });
});

test("the default file of the Go tool says nothing about kernel and user", () => {
  const toml =
    'kernel = ""\nmemory = "size=128M"\nsmp = "cpus=1"\nuser = ""\nsetup = []\nteardown = []\n';
  expect(read(toml)).toEqual({
    memory: [["size=128M", 2]],
    smp: [["cpus=1", 3]],
    setup: [],
    teardown: [],
  });
});

test("whole numbers where a number is meant", () => {
  expect(read("memory = 512\nsmp = 2\ntimeout = 30\nuser = 1000")).toEqual({
    memory: [["512", 1]],
    smp: [["2", 2]],
    timeout: [["30", 3]],
    user: [["1000", 4]],
  });
});

test("an empty file, and one with a byte order mark taken off", () => {
  expect(read("")).toEqual({});
  expect(read("# nothing\n")).toEqual({});
});

test.each([
  ["smp = 2\nkernal = 'x'", '/p/.vimto.toml:2: unknown key "kernal"; did you mean kernel?'],
  ["\n[kernel]\npath = 'x'", "/p/.vimto.toml:2: kernel must be text in quotes, not a table"],
  [
    "frobnicate = 1",
    '/p/.vimto.toml:1: unknown key "frobnicate"; the keys are kernel, memory, smp, arch, accel, fs, net, publish, append, share, tty, user, sudo, shell-on-failure, setup, teardown, timeout, start, pull, debian-mirror, ubuntu-mirror, require-signature, verbose, quiet, kernels, jobs, fail-fast, retry-boot, output',
  ],
  [
    "[machine]\nsmp = 2",
    '/p/.vimto.toml:1: unknown key "machine"; the keys are kernel, memory, smp, arch, accel, fs, net, publish, append, share, tty, user, sudo, shell-on-failure, setup, teardown, timeout, start, pull, debian-mirror, ubuntu-mirror, require-signature, verbose, quiet, kernels, jobs, fail-fast, retry-boot, output',
  ],
  [
    "gdb = 1",
    '/p/.vimto.toml:1: unknown key "gdb"; the keys are kernel, memory, smp, arch, accel, fs, net, publish, append, share, tty, user, sudo, shell-on-failure, setup, teardown, timeout, start, pull, debian-mirror, ubuntu-mirror, require-signature, verbose, quiet, kernels, jobs, fail-fast, retry-boot, output',
  ],
  ['"smb" = 1', '/p/.vimto.toml:1: unknown key "smb"; did you mean smp?'],
  [
    "__proto__ = 1",
    '/p/.vimto.toml:1: unknown key "__proto__"; the keys are kernel, memory, smp, arch, accel, fs, net, publish, append, share, tty, user, sudo, shell-on-failure, setup, teardown, timeout, start, pull, debian-mirror, ubuntu-mirror, require-signature, verbose, quiet, kernels, jobs, fail-fast, retry-boot, output',
  ],
])("%j has an unknown key or a table", (toml, message) => {
  expect(() => parseSettings(toml, path)).toThrowError(expect.objectContaining({ message }));
});

test.each([
  [
    "kernel = 6.10 # new",
    '/p/.vimto.toml:1: kernel must be text in quotes, not the number 6.10; write kernel = "6.10"',
  ],
  ["kernel = true", "/p/.vimto.toml:1: kernel must be text in quotes, not true"],
  ["kernel = ['a']", "/p/.vimto.toml:1: kernel must be text in quotes, not a list"],
  ["kernel = 2024-01-01", "/p/.vimto.toml:1: kernel must be text in quotes, not a date"],
  [
    "memory = 1.5",
    '/p/.vimto.toml:1: memory must be text such as "1G" or a whole number of MiB, not the number 1.5',
  ],
  ["smp = true", '/p/.vimto.toml:1: smp must be text such as "cpus=2" or a whole number, not true'],
  ['sudo = "true"', '/p/.vimto.toml:1: sudo must be true or false, not "true"'],
  [
    "memory = -1",
    '/p/.vimto.toml:1: memory must be text such as "1G" or a whole number of MiB, not the number -1',
  ],
  ["sudo = 1", "/p/.vimto.toml:1: sudo must be true or false, not the number 1"],
  [
    'accel = "kmv"',
    '/p/.vimto.toml:1: accel must be text, "auto", "kvm" or "tcg", not "kmv"; did you mean "kvm"?',
  ],
  ['accel = "xen"', '/p/.vimto.toml:1: accel must be text, "auto", "kvm" or "tcg", not "xen"'],
  [
    "share = ['a', 1]",
    "/p/.vimto.toml:1: share must be text in quotes or a list of texts, not a list with the number 1 in it",
  ],
  [
    "setup = [['ip', 'link']]",
    "/p/.vimto.toml:1: setup must be text in quotes or a list of texts, not a list with a list in it",
  ],
  ["timeout = 30s", "/p/.vimto.toml:1:13: not valid TOML: illegal character in numeric literal"],
])("%j has a wrong value", (toml, message) => {
  expect(() => parseSettings(toml, path)).toThrowError(expect.objectContaining({ message }));
});

test("the first mistake of several is named", () => {
  const toml = "smp = 2\nmemory = true\nkernal = 'x'\nkernel = 1\n";
  expect(() => parseSettings(toml, path)).toThrowError(
    expect.objectContaining({
      code: "bad-value",
      message:
        '/p/.vimto.toml:2: memory must be text such as "1G" or a whole number of MiB, not true',
    }),
  );
});

test.each([
  ["kernel = ", "1:10: not valid TOML: invalid value"],
  ["smp = 2\nkernel = 'x", "2:10: not valid TOML: unfinished string"],
  ["smp = 2\nsmp = 3", "2:1: not valid TOML: trying to redefine an already defined table or value"],
  ['kernel = "x\nsmp = 2', "1:12: not valid TOML: control characters are not allowed in strings"],
  ["share = [\n'a'\n'b']", "3:1: not valid TOML: expected comma or end of structure"],
])("%j is no TOML", (toml, where) => {
  expect(() => parseSettings(toml, path)).toThrowError(
    expect.objectContaining({ code: "file-syntax", message: `/p/.vimto.toml:${where}` }),
  );
});

test("a path with a blank is quoted", () => {
  expect(() => parseSettings("x = 1", "/a b/.vimto.toml")).toThrowError(
    /^"\/a b\/\.vimto\.toml":1: unknown key "x"; /,
  );
});
