import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findKernel, inspectKernel } from "@vimto/kernel";
import { expect, test } from "vitest";
import { uki } from "../../libs/kernel/src/testing/build.ts";
import {
  commandLine,
  compare,
  eachKernel,
  emptyDirectory,
  leftFiles,
  needs,
  project,
  vimto,
} from "../harness/index.ts";

function packed(command: readonly [string, ...string[]], content: Uint8Array): Uint8Array {
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], { stdin: content });
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
  return stdout;
}

eachKernel("a kernel in a wrapping", ["debian-6.12"], ({ path }) => {
  const { image, modules = "", release } = findKernel(path);
  const directory = project({ "boot/config": "" });
  mkdirSync(join(directory, "lib/modules"), { recursive: true });
  symlinkSync(modules, join(directory, "lib/modules", release));
  cpSync(join(path, `boot/config-${release}`), join(directory, "boot/config"));

  const cache = emptyDirectory("cache");
  const unpackedKernels = () => leftFiles(cache).filter((name) => name.endsWith(".vmlinux"));
  const guest = "uname -r; modprobe dummy && grep -c '^dummy ' /proc/modules";
  const stdout = `${release}\n1\n`;
  const boot = async (name: string, content: Uint8Array, named = name) => {
    writeFileSync(join(directory, name), content);
    const line = commandLine(join(directory, named), ["--sudo", "--fresh"], guest);
    compare(await vimto(line, { cache }), { stdout });
  };

  test("boots as a vmlinuz.xz", async (context) => {
    needs(context, Bun.which("xz") !== null, "there is no xz");
    await boot("boot/vmlinuz.xz", packed(["xz", "-1c"], readFileSync(image)), ".");
  });

  test("boots as a vmlinux.zst, by its path", async (context) => {
    needs(context, Bun.which("zstd") !== null, "there is no zstd");
    const { unpacked = new Uint8Array() } = inspectKernel(image);
    await boot("boot/kernel.zst", packed(["zstd", "-1qc"], unpacked));
  });

  test("boots as a unified kernel image, from what is unpacked already", async () => {
    const before = unpackedKernels();
    await boot("boot/linux.efi", uki(readFileSync(image)));
    // The vmlinuz.xz has the same kernel in it.
    expect(unpackedKernels()).toEqual(before);
  });
});
