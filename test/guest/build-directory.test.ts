import { cpSync } from "node:fs";
import { join, relative } from "node:path";
import {
  findKernel,
  inspectKernel,
  ModuleTree,
  modulesToLoad,
  parseConfigFile,
} from "@vimto/kernel";
import { describe, test } from "vitest";
import {
  commandLine,
  compare,
  needs,
  project,
  releaseOf,
  type TestKernel,
  testKernels,
  vimto,
} from "../harness/index.ts";

/** A package's kernel as it lies where it was built, as far as a run needs it. */
function buildDirectory({ path }: TestKernel): string {
  const { image, config = "", modules = "" } = findKernel(path);
  const tree = new ModuleTree(modules);
  const { facts } = inspectKernel(image);
  const kernel = { path, facts, config: parseConfigFile(config), modules: tree };
  const { load } = modulesToLoad(kernel, "pci", ["overlay", "dummy", "bridge"]);
  const files = load.map(({ path, bytes }): [string, Uint8Array] => [
    relative(join(modules, "kernel"), path).replace(/\.xz$/, ""),
    bytes,
  ]);
  const directory = project({
    Makefile: "",
    "include/config/kernel.release": `${facts.release}\n`,
    "arch/x86/boot/placeholder": "",
    "samples/dummy.ko": "not the kernel's",
    "modules.order": files.map(([name]) => `${name.replace(/ko$/, "o")}\n`).join(""),
    ...Object.fromEntries(files),
  });
  cpSync(config, join(directory, ".config"));
  cpSync(image, join(directory, "arch/x86/boot/bzImage"));
  return directory;
}

const guest = `uname -r
modprobe dummy && grep -c "^dummy " /proc/modules
ip link add b0 type bridge && grep -c '^bridge ' /proc/modules
modinfo -n dummy
ls arch`;

describe.each(testKernels(["debian-6.12", "debian-6.1"]))("$name where it was built", (kernel) => {
  test("boots, and has its modules", async (context) => {
    needs(context, kernel.missing === undefined, kernel.missing ?? "");
    const cwd = buildDirectory(kernel);
    const release = releaseOf(kernel).source;
    const stdout = new RegExp(
      `^${release}\n1\n1\n/lib/modules/${release}/drivers/net/dummy\\.ko\nx86\n$`,
    );
    compare(await vimto(commandLine(".", ["--sudo"], guest), { cwd }), { stdout });
    const image = commandLine("./arch/x86/boot/bzImage", ["--sudo", "--fresh"], guest);
    compare(await vimto(image, { cwd }), { stdout });
  });
});
