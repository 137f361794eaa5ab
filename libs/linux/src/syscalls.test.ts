import { existsSync, readFileSync } from "node:fs";
import { skip } from "@vimto/linux/testing/skip";
import { describe, expect, type TestContext, test } from "vitest";
import { type Architecture, architectures } from "./architecture.ts";
import { syscalls } from "./syscalls.ts";

/** The kernel's headers as Debian's linux-libc-dev installs them on amd64. */
const headers: Record<Architecture, string> = {
  x86_64: "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
  aarch64: "/usr/include/asm-generic/unistd.h",
};

function numbers(context: TestContext, arch: Architecture): Map<string, number> {
  const path = headers[arch];
  if (!existsSync(path)) skip(context, `there is no ${path} (package linux-libc-dev)`);
  const defines = readFileSync(path, "utf8").matchAll(/^#define __NR(?:3264)?_(\w+) (\d+)/gm);
  return new Map([...defines].map(([, name = "", number]) => [name, Number(number)]));
}

describe.each(architectures)("%s", (arch) => {
  test("the numbers are the kernel's", (context) => {
    const theirs = numbers(context, arch);
    const ours = Object.entries(syscalls).map(([name, number]) => [name, number[arch]]);
    expect(ours).toEqual(ours.map(([name]) => [name, theirs.get(String(name))]));
  });
});
