import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { anyKernel, compare, project, vimto } from "../harness/index.ts";

/** As a build tool has it: words in a variable, split by a shell, in front of a program. */
const runner =
  'prefix=$("$1" --kernel "$KERNEL" --memory 96M wrap) && cd sub && eval "$prefix ./program"';

test("the prefix of wrap runs a program in a machine, from any directory", async () => {
  const cwd = project({
    "sub/program": "#!/bin/sh\npwd; grep -c MemTotal /proc/meminfo; echo kept >result\n",
    ".vimto.toml": 'setup = "echo setup"\n',
  });
  Bun.spawnSync(["chmod", "+x", `${cwd}/sub/program`]);
  const under = ["sh", "-c", `${runner}; cat result`, "sh"];
  compare(await vimto([], { cwd, under, env: { KERNEL: anyKernel() } }), {
    stdout: `setup\n${cwd}/sub\n1\nkept\n`,
  });
});

/** A test of a project in C: leaves the boot it ran in beside it, and fails if it is told to. */
const source = `#include <stdio.h>
#include <string.h>
int main(int count, char **words) {
  char boot[64] = "";
  FILE *from = fopen("/proc/sys/kernel/random/boot_id", "r"), *to = fopen("boot_id", "w");
  if (!from || !to || !fgets(boot, sizeof boot, from) || fputs(boot, to) < 0) return 9;
  printf("tested\\n");
  return count > 1 && !strcmp(words[1], "fail") ? 3 : 0;
}
`;
const here = readFileSync("/proc/sys/kernel/random/boot_id", "utf8");

/** As docs/recipes.md has it, where $vimto is what is typed there. */
async function recipe(files: Readonly<Record<string, string>>, commands: string) {
  const cwd = project({ ...files, "t.c": source });
  const under = ["sh", "-ec", `vimto="$1 --kernel $KERNEL"\n${commands}`, "sh"];
  const result = await vimto([], { cwd, under, env: { KERNEL: anyKernel(), TERM: "dumb" } });
  const boot = readFileSync(join(cwd, "build/boot_id"), "utf8");
  expect(boot).toMatch(/^[0-9a-f-]{36}\n$/);
  expect(boot).not.toBe(here);
  return result;
}

test("meson test --wrap", async () => {
  const build = `project('p', 'c')
t = executable('t', 't.c')
test('good', t)
test('bad', t, args: ['fail'])
`;
  const commands = 'meson setup build >log\nmeson test -C build --wrap "$($vimto wrap)"';
  compare(await recipe({ "meson.build": build }, commands), {
    // Side by side, so in either order.
    stdout: /^(?=[\s\S]* good +OK )(?=[\s\S]* bad +FAIL .*exit status 3\n)[\s\S]*\nFail: +1 *\n/,
    status: 1,
  });
});

test("ctest with the prefix as an emulator", async () => {
  const lists = `cmake_minimum_required(VERSION 3.10)
project(p C)
enable_testing()
add_executable(t t.c)
add_test(NAME good COMMAND t)
add_test(NAME bad COMMAND t fail)
`;
  const commands = `cmake -G Ninja -B build -DCMAKE_CROSSCOMPILING_EMULATOR="$($vimto wrap | tr ' ' ';')" >log
cmake --build build >log
ctest --test-dir build -V`;
  compare(await recipe({ "CMakeLists.txt": lists }, commands), {
    stdout:
      /\n1: tested\n1\/2 Test #1: good \.+ +Passed [\s\S]*\n2: tested\n2\/2 Test #2: bad \.+\*\*\*Failed /,
    stderr: /Errors while running CTest/,
    status: 8,
  });
});
