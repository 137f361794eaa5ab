import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { tool } from "@vimto/codec/testing/tools";
import { randomFrom } from "@vimto/linux/testing/random";
import { describe, expect, test } from "vitest";
import { KernelError } from "../error.ts";
import { joined } from "../testing/build.ts";
import { type DebianKernel, debian, fileIn } from "../testing/kernels.ts";
import { place } from "../testing/place.ts";
import { closure } from "./closure.ts";
import { ModuleTree } from "./tree.ts";

const names = (load: readonly { name: string }[]) => load.map(({ name }) => name);

/** Every module of a closure stands behind its own dependencies. */
function expectOrdered(load: ReturnType<typeof closure>["load"]): void {
  load.forEach(({ name, info }, index) => {
    const before = names(load.slice(0, index));
    const later = names(load.slice(index));
    expect(
      info.depends.filter((needed) => later.includes(needed)),
      name,
    ).toEqual([]);
    expect(before).not.toContain(name);
  });
}

describe("Debian's modules, where depmod never ran", () => {
  const wanted = ["virtio_pci", "virtio_console", "9pnet_virtio", "9p", "overlay"];
  const virtio = ["virtio", "virtio_ring", "virtio_pci_legacy_dev", "virtio_pci_modern_dev"];

  test.for<readonly [DebianKernel, readonly string[]]>([
    ["debian-6.1", [...virtio, ...wanted, "9pnet", "fscache", "netfs"]],
    ["debian-6.12", ["9pnet", "9pnet_virtio", "9p", "netfs", "overlay"]],
  ])("%s", ([name, expected], context) => {
    const directory = fileIn(join(debian(context, name), "lib/modules"), "6.");
    const tree = new ModuleTree(directory);
    const options = { release: basename(directory), arch: "x86_64" } as const;
    const { load, absent } = closure(tree, wanted, options);
    expect(names(load).sort()).toEqual([...expected].sort());
    expect(absent).toEqual([]);
    expectOrdered(load);
  });

  test("the cloud kernel has no 9p", (context) => {
    const directory = fileIn(join(debian(context, "debian-6.1-cloud"), "lib/modules"), "6.");
    const options = { release: basename(directory), arch: "x86_64" } as const;
    const { absent } = closure(new ModuleTree(directory), wanted, options);
    expect(absent).toEqual(["9pnet_virtio", "9p"]);
  });

  test("of another kernel are refused", (context) => {
    const directory = fileIn(join(debian(context, "debian-6.1"), "lib/modules"), "6.");
    const tree = new ModuleTree(directory);
    expect(() => closure(tree, ["overlay"], { release: "6.1.0-1-amd64", arch: "x86_64" })).toThrow(
      `module "${directory}/kernel/fs/overlayfs/overlay.ko" is built for Linux ${basename(directory)}, and the kernel is 6.1.0-1-amd64; install the modules of 6.1.0-1-amd64`,
    );
  });

  test.for<DebianKernel>(["debian-6.1", "debian-6.12"])(
    "%s: modinfo(8) says the same of every module in fs",
    (name, context) => {
      const directory = fileIn(join(debian(context, name), "lib/modules"), "6.");
      const tree = new ModuleTree(directory);
      for (const wantedName of ["9p", "overlay", "ext4", "btrfs", "cifs", "nfsd", "fuse"]) {
        if (tree.find(wantedName) === undefined) continue;
        const { path, info } = tree.read(wantedName);
        const field = (key: string) =>
          Buffer.from(tool(context, ["/usr/sbin/modinfo", "-F", key, path]))
            .toString()
            .trimEnd();
        expect(info.depends.join(","), wantedName).toBe(field("depends").replaceAll("-", "_"));
        expect(info.aliases.join("\n"), wantedName).toBe(field("alias"));
        expect(info.release, wantedName).toBe(field("vermagic").split(" ")[0]);
        expect(info.license, wantedName).toBe(field("license"));
      }
    },
  );

  test.for<readonly [DebianKernel, string]>([
    ["debian-6.1", "9p"],
    ["debian-6.12", "9pnet_virtio"],
  ])(
    "%s: %s cut or changed at random places is an error or right",
    ([name, wantedName], context) => {
      const source = new ModuleTree(fileIn(join(debian(context, name), "lib/modules"), "6."));
      const { path, info, bytes } = source.read(wantedName);
      const file = joined(new Uint8Array(Bun.mmap(path)));
      const directory = place();
      const copy = join(directory, basename(path));
      const random = randomFrom(32);
      for (let round = 0; round < 40; round++) {
        const changed = file.slice(0, round % 2 === 0 ? random(file.length) : file.length);
        if (round % 2 === 1) changed[random(changed.length)] = random(256);
        writeFileSync(copy, changed);
        try {
          const read = new ModuleTree(directory).read(wantedName);
          // What is compressed has a checksum; what is not may differ in its code.
          if (bytes.length !== file.length) expect(Buffer.compare(read.bytes, bytes)).toBe(0);
          else if (round % 2 === 0) expect(read.info).toEqual(info);
        } catch (error) {
          expect(error, `round ${round}`).toBeInstanceOf(KernelError);
          expect(String(error), `round ${round}`).toContain(copy);
        }
      }
    },
  );

  test("after depmod the same modules are found", (context) => {
    const source = fileIn(join(debian(context, "debian-6.12"), "lib/modules"), "6.");
    const release = basename(source);
    const base = place();
    const directory = join(base, "lib/modules", release);
    const options = { release, arch: "x86_64" } as const;
    const expected = closure(new ModuleTree(source), wanted, options).load;
    for (const { path } of expected) {
      const to = join(directory, path.slice(source.length));
      mkdirSync(join(to, ".."), { recursive: true });
      copyFileSync(path, to);
    }
    copyFileSync(join(source, "modules.builtin"), join(directory, "modules.builtin"));
    tool(context, ["/usr/sbin/depmod", "-b", base, release]);
    const { load } = closure(new ModuleTree(directory), wanted, options);
    expect(names(load)).toEqual(names(expected));
  });
});
