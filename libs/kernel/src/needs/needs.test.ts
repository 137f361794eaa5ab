import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseConfig, parseConfigFile } from "../config/config.ts";
import { inspectKernel, type KernelFacts, type OptionState } from "../facts.ts";
import { findKernel } from "../find/tree.ts";
import { ModuleTree } from "../modules/tree.ts";
import { ko } from "../testing/build.ts";
import { builtinKernels, type DebianKernel, debian } from "../testing/kernels.ts";
import { place } from "../testing/place.ts";
import { type Kernel, requirements, virtiofsRequirement } from "./assess.ts";
import { modulesToLoad } from "./load.ts";
import { demandUsable, obstacles } from "./sentences.ts";
import { sharingOf, waysOf } from "./sharing.ts";
import { options } from "./table.ts";

const release = "6.1.0-test";

/** A kernel in which everything is built in but for what is said. */
function kernel(
  states: Readonly<Record<string, OptionState>> = {},
  more: Partial<KernelFacts> & { readonly modules?: ModuleTree } = {},
): Kernel {
  const { modules, ...facts } = more;
  const builtin = Object.fromEntries(options.map((option) => [option, "builtin" as const]));
  return {
    path: "k",
    facts: {
      schema: 3,
      format: "bzImage",
      wrappings: [],
      arch: "x86_64",
      release,
      boot: "file",
      source: "strings",
      options: { ...builtin, ...states },
      ...facts,
    },
    modules,
  };
}

const subject = `kernel "k" (${release})`;
const no9p = { NET_9P_VIRTIO: "off", "9P_FS": "off" } as const;

describe("a kernel that lacks nothing", () => {
  test("has no obstacles", () => {
    expect(obstacles(kernel())).toEqual([]);
    expect(requirements(kernel()).every(({ state }) => state === "builtin")).toBe(true);
    expect(() => demandUsable(kernel())).not.toThrow();
  });

  test("is believed when nothing is known of it", () => {
    const unknown = kernel({}, { options: {}, source: "none" });
    expect(obstacles(unknown)).toEqual([]);
    expect(requirements(unknown).every(({ state }) => state === "unknown")).toBe(true);
  });

  test("is asked for the devices of its processor and machine", () => {
    const asked = (found: Kernel, transport?: "mmio") =>
      requirements(found, transport)
        .map(({ option }) => option)
        .filter((option) => /VIRTIO_(PCI|MMIO)|PCI_HOST|SERIAL/.test(option));
    expect(asked(kernel())).toEqual(["CONFIG_VIRTIO_PCI", "CONFIG_SERIAL_8250_CONSOLE"]);
    expect(asked(kernel({}, { arch: "aarch64" }))).toEqual([
      "CONFIG_VIRTIO_PCI",
      "CONFIG_PCI_HOST_GENERIC",
      "CONFIG_SERIAL_AMBA_PL011_CONSOLE",
    ]);
    expect(asked(kernel({}, { arch: "aarch64" }), "mmio")).toEqual([
      "CONFIG_VIRTIO_MMIO",
      "CONFIG_SERIAL_AMBA_PL011_CONSOLE",
    ]);
  });
});

describe("a kernel that was built without", () => {
  test.each([
    [
      { VIRTIO_CONSOLE: "off" },
      `${subject} was built without virtio console (CONFIG_VIRTIO_CONSOLE), which vimto talks to the guest over; build the kernel with CONFIG_VIRTIO_CONSOLE=y, or use another one`,
    ],
    [
      { BLK_DEV_INITRD: "off" },
      `${subject} was built without initramfs support (CONFIG_BLK_DEV_INITRD), which vimto starts its guest init from; build the kernel with CONFIG_BLK_DEV_INITRD=y, or use another one`,
    ],
    [
      { VIRTIO_PCI: "off", VIRTIO_CONSOLE: "off", TMPFS: "off" },
      `${subject} was built without virtio over PCI (CONFIG_VIRTIO_PCI), virtio console (CONFIG_VIRTIO_CONSOLE) and tmpfs (CONFIG_TMPFS), which vimto cannot do without; build the kernel with CONFIG_VIRTIO_PCI=y, CONFIG_VIRTIO_CONSOLE=y and CONFIG_TMPFS=y, or use another one`,
    ],
    [
      no9p,
      `${subject} was built without 9p (CONFIG_NET_9P_VIRTIO, CONFIG_9P_FS), over which vimto shares files; it has virtiofs, so leave out --fs 9p, or use a kernel built with CONFIG_NET_9P_VIRTIO and CONFIG_9P_FS`,
    ],
    [
      { ...no9p, VIRTIO_FS: "off" },
      `${subject} cannot share files with the host: it was built without 9p (CONFIG_NET_9P_VIRTIO, CONFIG_9P_FS) and without virtiofs (CONFIG_VIRTIO_FS); use a kernel built with CONFIG_NET_9P_VIRTIO and CONFIG_9P_FS`,
    ],
    [
      { "9P_FS": "off", VIRTIO_FS: "unknown" },
      `${subject} was built without 9p (CONFIG_9P_FS), over which vimto shares files; use a kernel built with CONFIG_NET_9P_VIRTIO and CONFIG_9P_FS`,
    ],
  ] as const)("%j", (states, sentence) => {
    expect(obstacles(kernel(states))).toEqual([sentence]);
    expect(() => demandUsable(kernel(states))).toThrow(sentence);
  });

  test("what is merely wanted runs all the same", () => {
    const found = kernel({ UNIX98_PTYS: "off", SERIAL_8250_CONSOLE: "off" });
    expect(obstacles(found)).toEqual([]);
    expect(requirements(found).filter(({ state }) => state === "missing")).toEqual([
      {
        name: "pseudoterminals",
        purpose: "runs commands on a terminal with",
        level: "wanted",
        state: "missing",
        option: "CONFIG_UNIX98_PTYS",
        lack: { why: "off", mend: "build the kernel with CONFIG_UNIX98_PTYS=y" },
      },
      {
        name: "a serial console",
        purpose: "shows the messages of a kernel that fails by",
        level: "wanted",
        state: "missing",
        option: "CONFIG_SERIAL_8250_CONSOLE",
        lack: { why: "off", mend: "build the kernel with CONFIG_SERIAL_8250_CONSOLE=y" },
      },
    ]);
  });

  test("several things of several kinds has several sentences", () => {
    const found = kernel({ ...no9p, OVERLAY_FS: "off", VIRTIO_CONSOLE: "module" });
    expect(
      obstacles(found).map((sentence) => sentence.slice(subject.length + 1, subject.length + 27)),
    ).toEqual([
      "was built without overlayf",
      "has virtio console (CONFIG",
      "was built without 9p (CONF",
    ]);
  });
});

describe("a kernel whose modules are not there", () => {
  const directory = `lib/modules/${release}`;

  test("at all", () => {
    expect(obstacles(kernel({ OVERLAY_FS: "module" }))).toEqual([
      `${subject} has overlayfs (CONFIG_OVERLAY_FS) only as a module, and no modules were found with it; name a directory that has ${directory} beside boot/, or build the kernel with CONFIG_OVERLAY_FS=y`,
    ]);
    expect(obstacles(kernel({ OVERLAY_FS: "module", "9P_FS": "module" }))).toEqual([
      `${subject} has the 9p file system (CONFIG_9P_FS) and overlayfs (CONFIG_OVERLAY_FS) only as modules, and no modules were found with it; name a directory that has ${directory} beside boot/, or build the kernel with CONFIG_9P_FS=y and CONFIG_OVERLAY_FS=y`,
    ]);
  });

  test("in its directory", () => {
    const modules = new ModuleTree(place());
    expect(obstacles(kernel({ OVERLAY_FS: "module" }, { modules }))).toEqual([
      `${subject} has overlayfs (CONFIG_OVERLAY_FS) only as a module, not to be found in "${modules.directory}"; install all modules of ${release}, or build the kernel with CONFIG_OVERLAY_FS=y`,
    ]);
    expect(obstacles(kernel({ OVERLAY_FS: "module", VIRTIO_PCI: "module" }, { modules }))).toEqual([
      `${subject} has virtio over PCI (CONFIG_VIRTIO_PCI) and overlayfs (CONFIG_OVERLAY_FS) only as modules, not to be found in "${modules.directory}"; install all modules of ${release}, or build the kernel with CONFIG_VIRTIO_PCI=y and CONFIG_OVERLAY_FS=y`,
    ]);
  });

  test("and whose configuration is not known", () => {
    expect(obstacles(kernel({ VIRTIO_CONSOLE: "not-builtin" }))).toEqual([
      `${subject} does not have virtio console (CONFIG_VIRTIO_CONSOLE) built in, and no modules were found with it; name a directory that has ${directory} beside boot/, or build the kernel with CONFIG_VIRTIO_CONSOLE=y`,
    ]);
    const modules = new ModuleTree(place());
    expect(obstacles(kernel({ VIRTIO_CONSOLE: "not-builtin" }, { modules }))).toEqual([
      `${subject} has virtio console (CONFIG_VIRTIO_CONSOLE) neither built in nor as a module in "${modules.directory}"; add the module virtio_console to ${directory}, or build the kernel with CONFIG_VIRTIO_CONSOLE=y`,
    ]);
    expect(obstacles(kernel({ DEVTMPFS: "not-builtin" }))).toEqual([
      `${subject} does not have devtmpfs (CONFIG_DEVTMPFS) built in, and no modules were found with it; build the kernel with CONFIG_DEVTMPFS=y`,
    ]);
  });

  test("but whose modules.builtin tells what it has", () => {
    const modules = new ModuleTree(
      place({ "modules.builtin": "kernel/fs/overlayfs/overlay.ko\n" }),
    );
    const found = kernel(
      { OVERLAY_FS: "unknown", "9P_FS": "unknown", TMPFS: "unknown" },
      { modules },
    );
    const states = requirements(found).filter(({ option }) => /OVERLAY|9P_FS|TMPFS$/.test(option));
    expect(states.map(({ option, state }) => `${option} ${state}`)).toEqual([
      "CONFIG_9P_FS missing",
      "CONFIG_OVERLAY_FS builtin",
      "CONFIG_TMPFS unknown",
      "CONFIG_DEVTMPFS builtin",
    ]);
  });
});

describe("a kernel with modules", () => {
  test("has them loaded, with what they need, and what else is asked for", () => {
    const modules = new ModuleTree(
      place({
        "9p.ko": ko("9p", "9pnet"),
        "9pnet.ko": ko("9pnet"),
        "overlay.ko": ko("overlay", "virtio_console"),
        "tun.ko": ko("tun"),
      }),
    );
    const found = kernel({ "9P_FS": "module", OVERLAY_FS: "not-builtin" }, { modules });
    const { load, absent } = modulesToLoad(found, "pci", ["tun", "virtio-console", "kvm"]);
    expect(load.map(({ name }) => name)).toEqual(["9pnet", "9p", "overlay", "tun"]);
    expect(absent).toEqual(["kvm"]);
  });

  test("that cannot be had loads none", () => {
    expect(modulesToLoad(kernel(), "pci", ["overlay", "kvm"])).toEqual({
      load: [],
      absent: ["kvm"],
    });
  });

  test("may have more of them than its configuration knows", () => {
    const modules = new ModuleTree(place({ "extra/9p.ko": ko("9p") }));
    const found = { ...kernel({}, { modules }), config: parseConfig("CONFIG_PCI=y\n") };
    const states = Object.fromEntries(
      requirements(found).map(({ option, state }) => [option, state]),
    );
    expect(states).toMatchObject({ CONFIG_9P_FS: "module", CONFIG_NET_9P_VIRTIO: "missing" });
  });
});

test("shares are virtiofs where it can be had, and layers where there is no 9p", () => {
  expect(sharingOf(kernel(), "auto")).toEqual({ layers: "9p", shares: "virtiofs" });
  expect(sharingOf(kernel(), "9p first")).toEqual({ layers: "9p", shares: "9p" });
  const unserved = kernel({ VIRTIO_FS: "off" });
  expect(sharingOf(unserved, "auto")).toEqual({ layers: "9p", shares: "9p" });
  expect(sharingOf(kernel(), "virtiofs")).toEqual({ layers: "9p", shares: "virtiofs" });
  const without = kernel({ "9P_FS": "off" });
  expect(sharingOf(without, "auto")).toEqual({ layers: "virtiofs", shares: "virtiofs" });
  expect(sharingOf(without, "9p first")).toEqual({ layers: "virtiofs", shares: "virtiofs" });
  expect(sharingOf(without, "9p")).toEqual({ layers: "9p", shares: "9p" });
  expect(obstacles(kernel({ VIRTIO_FS: "off" }), "pci", ["9p", "virtiofs"])).toEqual([
    `${subject} has no virtiofs (CONFIG_VIRTIO_FS), over which --fs virtiofs shares files; build the kernel with CONFIG_VIRTIO_FS=y, or use --fs 9p`,
  ]);
});

test("a kernel that QEMU cannot boot says so first", () => {
  expect(
    obstacles(kernel({ OVERLAY_FS: "off" }, { boot: "nothing", format: "ELF vmlinux" }))[0],
  ).toBe(
    `${subject} is an ELF file without the PVH entry that QEMU boots (CONFIG_PVH); name its arch/x86/boot/bzImage, or build it with CONFIG_PVH=y`,
  );
  const arm = kernel({}, { boot: "nothing", arch: "aarch64", notUnpacked: "it is odd" });
  expect(obstacles(arm)).toEqual([
    `${subject} is an ELF file that no Image can be made of (it is odd); name its arch/arm64/boot/Image`,
  ]);
});

describe("real kernels", () => {
  /** The kernel with and without the configuration of its package. */
  function real(directory: string): Kernel[] {
    const files = findKernel(directory);
    const { facts } = inspectKernel(files.image);
    const modules = files.modules === undefined ? undefined : new ModuleTree(files.modules);
    const config = files.config === undefined ? undefined : parseConfigFile(files.config);
    return [config, undefined].map((text) => ({ path: "k", facts, modules, config: text }));
  }

  test.each(builtinKernels)("%s can be used as it is", (directory) => {
    for (const found of real(directory)) {
      expect(obstacles(found)).toEqual([]);
      expect(modulesToLoad(found).load).toEqual([]);
      expect(requirements(found).every(({ state }) => state === "builtin")).toBe(true);
    }
  });

  test.for<readonly [DebianKernel, number]>([
    ["debian-6.1", 12],
    ["debian-6.12", 5],
  ])("%s can be used with modules", ([name, count], context) => {
    for (const found of real(debian(context, name))) {
      expect(obstacles(found)).toEqual([]);
      expect(modulesToLoad(found).load).toHaveLength(count);
      expect(requirements(found).filter(({ state }) => state === "missing")).toEqual([]);
    }
  });

  test("debian-6.1-cloud has no 9p, but virtiofs", (context) => {
    const directory = debian(context, "debian-6.1-cloud");
    const [version = ""] = readdirSync(join(directory, "lib/modules"));
    for (const found of real(directory)) {
      expect(obstacles(found)).toEqual([
        `kernel "k" (${version}) was built without 9p (CONFIG_NET_9P_VIRTIO, CONFIG_9P_FS), over which vimto shares files; it has virtiofs, so leave out --fs 9p, or use Debian's linux-image-amd64 instead of linux-image-cloud-amd64`,
      ]);
      expect(virtiofsRequirement(found)).toMatchObject({ state: "module", module: "virtiofs" });
      expect(modulesToLoad(found).load).toHaveLength(7);
      const sharing = sharingOf(found, "auto");
      expect(sharing).toEqual({ layers: "virtiofs", shares: "virtiofs" });
      expect(obstacles(found, "pci", waysOf(sharing))).toEqual([]);
      const { load } = modulesToLoad(found, "pci", [], waysOf(sharing));
      expect(load.slice(-2).map(({ name }) => name)).toEqual(["fuse", "virtiofs"]);
    }
  });
});
