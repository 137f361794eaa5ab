import { expect, test } from "vitest";
import { withTag } from "../kernels/retag.ts";
import { configText } from "./config-text.ts";
import { parseSettings } from "./file-parse.ts";
import { settingsOf } from "./testing/fixture.ts";

test("nothing configured", () => {
  expect(configText(settingsOf({}))).toBe(`# no settings file here or in the git root
# kernel             # not set
memory = "128M"      # default
smp = "1"            # default
arch = "amd64"       # default
accel = "auto"       # default
fs = "auto"          # default
net = "none"         # default
# publish            # not set
# append             # not set
# share              # not set
tty = "auto"         # default
# user               # not set
# sudo               # not set
# shell-on-failure   # not set
# setup              # not set
# teardown           # not set
timeout = "0"        # default
start = "auto"       # default
pull = "missing"     # default
# gdb                # not set
# debian-mirror      # not set
# ubuntu-mirror      # not set
# require-signature  # not set
# dry-run            # not set
# verbose            # not set
# quiet              # not set
# kernels            # not set
# only               # not set
# jobs               # not set
# shard              # not set
# timings            # not set
# bisect             # not set
# resume             # not set
# fail-fast          # not set
# retry-boot         # not set
# output             # not set
# report             # not set
`);
});

test("each value with its place", async () => {
  const settings = settingsOf({
    toml: "kernel = 'ghcr.io/cilium/ci-kernels:stable'\nappend = ['a', 'b c']\n\nsetup = 'true'",
    environment: { VIMTO_DISABLE_KVM: "true", VIMTO_APPEND: 'd"e\u007f' },
    argv: ["-memory=1G", "--sudo", "--gdb", "--dry-run", "--kernel", ":6.6"],
  });
  expect(configText(await withTag(settings))).toBe(`# settings file: /project/.vimto.toml
kernel = "ghcr.io/cilium/ci-kernels:6.6"  # option --kernel
memory = "1G"                             # option -memory
smp = "1"                                 # default
arch = "amd64"                            # default
accel = "tcg"                             # environment VIMTO_DISABLE_KVM
fs = "auto"                               # default
net = "none"                              # default
# publish                                 # not set
append = [
  "a",                                    # /project/.vimto.toml:2
  "b c",                                  # /project/.vimto.toml:2
  "d\\"e\\u007f",                           # environment VIMTO_APPEND
]
# share                                   # not set
tty = "auto"                              # default
# user                                    # not set
sudo = true                               # option --sudo
# shell-on-failure                        # not set
setup = [
  "true",                                 # /project/.vimto.toml:4
]
# teardown                                # not set
timeout = "0"                             # default
start = "auto"                            # default
pull = "missing"                          # default
# gdb = true                              # option --gdb
# debian-mirror                           # not set
# ubuntu-mirror                           # not set
# require-signature                       # not set
# dry-run = true                          # option --dry-run
# verbose                                 # not set
# quiet                                   # not set
# kernels                                 # not set
# only                                    # not set
# jobs                                    # not set
# shard                                   # not set
# timings                                 # not set
# bisect                                  # not set
# resume                                  # not set
# fail-fast                               # not set
# retry-boot                              # not set
# output                                  # not set
# report                                  # not set
`);
});

test("what is printed is a settings file that says the same", () => {
  const settings = settingsOf({
    toml: 'append = [\'a\', "b\\t\\"\\\\ \\u007f"]\nverbose = true',
    argv: ["--kernel", "x\ny#z", "--smp", "cpus=2,cores=2", "--fresh", "--timeout=1m"],
  });
  const again = parseSettings(configText(settings), "/again");
  for (const [key, entries] of settings.written) {
    expect([key, (again.get(key) ?? []).map(({ text }) => text)]).toEqual([
      key,
      entries.map(({ text }) => text),
    ]);
  }
});

test("that no file is read because none is wanted is said as it is", () => {
  const [first] = configText(settingsOf({ fileNamed: true })).split("\n");
  expect(first).toBe("# no settings file is read, as --config or VIMTO_CONFIG says");
});

test("several kernels, with what differs", () => {
  const toml = `[[kernels]]\nname = "a"\nkernel = "./a"\nenv = { A = "1" }\n[[kernels]]\nkernel = "./b"`;
  expect(configText(settingsOf({ toml }))).toContain(`
kernels = [
  { name = "a", kernel = "./a", env = { A = "1" } },  # /project/.vimto.toml:1
  { kernel = "./b" },                     # /project/.vimto.toml:5
]
`);
  expect(configText(settingsOf({ argv: ["--kernel", "a", "--kernel=b"] }))).toContain(`
kernels = [
  "a",               # option --kernel
  "b",               # option --kernel
]
`);
});
