import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { indexedPaths } from "../modules/index/read.ts";
import { staticNodes } from "../modules/static-nodes.ts";
import { ModuleTree } from "../modules/tree.ts";
import { bzImage, vmlinux } from "../testing/build.ts";
import { place } from "../testing/place.ts";
import { decisiveFiles, findKernel, kernelOfFile } from "./tree.ts";

const release = "6.1.0-test";
const image = bzImage();
const configured = { Makefile: "", ".config": "CONFIG_X=y", "arch/x86/Makefile": "" };
const kept = (text: string) => ({ "include/config/kernel.release": `${text}\n` });
const built = { ...configured, ...kept(release), "arch/x86/boot/bzImage": image };
const modules = {
  "modules.order": "net/dummy.ko\n",
  "net/dummy.ko": "",
  "samples/sample.ko": "",
};

test("the kernel of a build directory has its configuration, symbols and modules there", () => {
  const directory = place({ ...built, ...modules, vmlinux: vmlinux(release) });
  mkdirSync(join(directory, "arch/x86_64/boot"), { recursive: true });
  symlinkSync("../../x86/boot/bzImage", join(directory, "arch/x86_64/boot/bzImage"));
  const files = findKernel(directory);
  expect(files).toEqual({
    image: join(directory, "arch/x86/boot/bzImage"),
    release,
    config: join(directory, ".config"),
    modules: directory,
    symbols: join(directory, "vmlinux"),
    directory: undefined,
  });
  expect(kernelOfFile(files.image)).toEqual(files);
});

test("a kernel without modules has none there", () => {
  const directory = place(built);
  expect(findKernel(directory)).toMatchObject({ modules: undefined, symbols: undefined });
});

test("what make vmlinux leaves boots", () => {
  const directory = place({ ...configured, ...kept("6.9.0"), vmlinux: vmlinux("6.9.0") });
  expect(findKernel(directory).image).toBe(join(directory, "vmlinux"));
  expect(kernelOfFile(join(directory, "vmlinux")).config).toBe(join(directory, ".config"));
});

test("an image of an earlier configuration is refused by the directory's name, and boots by its own", () => {
  const directory = place({ ...built, ...modules, ...kept("6.2.0") });
  const path = join(directory, "arch/x86/boot/bzImage");
  expect(() => findKernel(directory)).toThrow(
    `kernel "${path}" is ${release}, but directory "${directory}" was since configured as 6.2.0; run make in it`,
  );
  expect(kernelOfFile(path)).toMatchObject({ config: undefined, modules: undefined });
});

test("a source without a built kernel", () => {
  const directory = place(configured);
  expect(() => findKernel(directory)).toThrow(
    `directory "${directory}" has a kernel's source and no built kernel: neither arch/*/boot/bzImage nor arch/*/boot/Image is there; run make in it, or name the directory that make was given by O=`,
  );
});

test("kernels of two architectures", () => {
  const directory = place({ ...built, "arch/arm64/boot/Image": image });
  const images = ["arch/arm64/boot/Image", "arch/x86/boot/bzImage"].map((path) =>
    join(directory, path),
  );
  expect(() => findKernel(directory)).toThrow(
    `directory "${directory}" has 2 kernels: ${images.join(" and ")}; name one of these files`,
  );
});

describe("modules in place", () => {
  test.each([
    ["net/dummy.ko", "net/dummy.ko"],
    ["kernel/net/dummy.ko", "net/dummy.ko"],
    ["net/dummy.o", "net/dummy.ko"],
  ])("modules.order says %s", (line, path) => {
    const order = `${line}\nnet/not-built.ko\n`;
    const directory = place({ ...built, ...modules, "modules.order": order });
    expect(new ModuleTree(directory).find("dummy")).toBe(join(directory, path));
    expect(indexedPaths(directory)).toEqual([path]);
  });

  test("modules that modules.order does not name are not the kernel's", () => {
    const directory = place({ ...built, ...modules });
    expect(new ModuleTree(directory).find("sample")).toBeUndefined();
  });

  test("have static nodes", () => {
    const order = { "modules.order": "drivers/net/tun.o\n", "drivers/net/tun.ko": "" };
    expect(staticNodes(place({ ...built, ...order }))).toEqual([
      { name: "net/tun", kind: "char", major: 10, minor: 200 },
    ]);
  });

  test("decide over the kernel, each by itself", () => {
    const directory = place({ ...built, ...modules });
    const files = decisiveFiles(findKernel(directory));
    expect(files).toContain(join(directory, "net/dummy.ko"));
    expect(files.map(dirname)).not.toContain(join(directory, "samples"));
  });
});
