import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { Board } from "./board.ts";
import { commandLine, type Machine } from "./command-line.ts";
import { gdb } from "./extras.ts";
import { quit } from "./qmp/commands.ts";
import { isObject } from "./qmp/message.ts";
import { shares } from "./share.ts";
import { shareLimit } from "./slots.ts";
import { fakeKernel } from "./testing/fake-kernel.ts";
import { killAll, requireQemu, startQemu } from "./testing/real-qemu.ts";
import { parseVersion } from "./version.ts";

afterEach(killAll);

const board: Board = { architecture: "x86_64", accelerator: "tcg", cpus: 2, memoryMiB: 320 };
const machine: Machine = {
  board,
  boot: { kernel: "/k/vmlinux", initramfs: "/k/initramfs" },
  descriptors: { console: 3, monitor: 4, channel: 5 },
  devices: shares([
    { tag: "root", path: "/", readonly: true },
    { tag: "work", path: "/home/u/a,b", readonly: false },
  ]),
};

const ports = [
  ...["-chardev", "socket,id=console,fd=3", "-serial", "chardev:console"],
  ...["-chardev", "socket,id=monitor,fd=4", "-mon", "chardev=monitor,mode=control"],
  ...["-chardev", "socket,id=channel,fd=5"],
  ...["-device", "virtio-serial-pci,id=serial,max_ports=2,addr=0x2"],
  ...["-device", "virtserialport,bus=serial.0,nr=1,chardev=channel,name=vimto"],
];
const shared = [
  "-fsdev",
  "local,id=share0,path=/,security_model=none,multidevs=remap,readonly=on",
  "-device",
  "virtio-9p-pci,id=share0-device,fsdev=share0,mount_tag=root,addr=0x8",
  "-fsdev",
  "local,id=share1,path=/home/u/a,,b,security_model=none,multidevs=remap",
  "-device",
  "virtio-9p-pci,id=share1-device,fsdev=share1,mount_tag=work,addr=0x9",
];
const common =
  "quiet panic=-1 panic_print=0x20 rootfstype=ramfs raid=noautodetect cryptomgr.notests rcupdate.rcu_expedited=1 random.trust_cpu=on";
const x86 = "i8042.noaux i8042.nokbd no_timer_check tsc=reliable";
const x86Console = "console=ttyS0 earlyprintk=serial,ttyS0,115200";

describe("the command line", () => {
  test("of an emulated x86-64 guest", () => {
    expect(commandLine(machine)).toEqual({
      kernelArguments: `${common} ${x86} ${x86Console}`,
      arguments: [
        ...["-no-user-config", "-nodefaults", "-display", "none", "-no-reboot"],
        ...[
          "-machine",
          "q35,dump-guest-core=off",
          "-accel",
          "tcg",
          "-cpu",
          "max,erms=off,fsrm=off",
        ],
        ...["-smp", "2", "-m", "320M"],
        ...ports,
        ...shared,
        ...["-kernel", "/k/vmlinux", "-initrd", "/k/initramfs"],
        ...["-append", `${common} ${x86} ${x86Console}`],
      ],
    });
  });

  test.each([
    ["7.2.22", true],
    ["8.0.0", false],
  ])("without cmpxchg16b where QEMU %s loses flags: %s", (text, without) => {
    const version = parseVersion(`QEMU emulator version ${text}`);
    const own = { ...board, version };
    const { kernelArguments } = commandLine({ ...machine, board: own, devices: [] });
    expect(kernelArguments.split(" ").includes("clearcpuid=141")).toBe(without);
  });

  test("of an emulated aarch64 guest", () => {
    expect(
      commandLine({
        ...machine,
        board: { ...board, architecture: "aarch64" },
        entropy: true,
        devices: [],
      }).arguments,
    ).toEqual([
      ...["-no-user-config", "-nodefaults", "-display", "none", "-no-reboot"],
      ...["-machine", "virt,gic-version=3,dump-guest-core=off"],
      ...["-accel", "tcg", "-cpu", "max,pauth-impdef=on", "-smp", "2", "-m", "320M"],
      ...ports,
      ...["-object", "rng-builtin,id=rng"],
      ...["-device", "virtio-rng-pci,id=entropy,rng=rng,addr=0x3"],
      ...["-kernel", "/k/vmlinux", "-initrd", "/k/initramfs"],
      ...["-append", `${common} console=ttyAMA0 earlycon`],
    ]);
  });

  test("of a template and of a clone differs in sharing, initramfs and -incoming alone", () => {
    const kvm: Board = { ...board, accelerator: "kvm" };
    const template = commandLine({
      ...machine,
      board: { ...kvm, memoryFile: { path: "/c/ram", share: true } },
    }).arguments;
    const clone = commandLine({
      ...machine,
      board: { ...kvm, memoryFile: { path: "/c/ram", share: false } },
      boot: { kernel: "/k/vmlinux" },
      incoming: true,
    }).arguments;
    expect(template.slice(5, 17)).toEqual([
      ...["-machine", "q35,dump-guest-core=off,memory-backend=ram", "-accel", "kvm"],
      ...["-cpu", "host", "-smp", "2", "-m", "320M"],
      ...["-object", "memory-backend-file,id=ram,size=320M,mem-path=/c/ram,share=on"],
    ]);
    const changed = (from: readonly string[], other: readonly string[]) =>
      from.filter((argument) => !other.includes(argument));
    expect(changed(template, clone)).toEqual([
      "memory-backend-file,id=ram,size=320M,mem-path=/c/ram,share=on",
      "-initrd",
      "/k/initramfs",
    ]);
    expect(changed(clone, template)).toEqual([
      "memory-backend-file,id=ram,size=320M,mem-path=/c/ram,share=off",
      "-incoming",
      "defer",
    ]);
  });

  test("with more memory than the host has reserves none of it", () => {
    const objectOf = (memoryFile?: Board["memoryFile"]) => {
      const { arguments: args } = commandLine({
        ...machine,
        board: { ...board, overcommit: true, memoryFile },
      });
      return args[args.indexOf("-m") + 3];
    };
    expect(objectOf()).toBe("memory-backend-ram,id=ram,size=320M,reserve=off");
    expect(objectOf({ path: "/c/ram", share: false })).toBe(
      "memory-backend-file,id=ram,size=320M,mem-path=/c/ram,share=off,reserve=off",
    );
    expect(objectOf({ path: "/c/ram", share: true })).toBe(
      "memory-backend-file,id=ram,size=320M,mem-path=/c/ram,share=on",
    );
  });

  test("with gdb halts the processors and fixes the kernel's address", () => {
    const { arguments: args, kernelArguments } = commandLine({
      ...machine,
      devices: [...machine.devices, gdb(1234)],
    });
    expect(args.slice(args.indexOf("-gdb"), args.indexOf("-kernel"))).toEqual([
      "-gdb",
      "tcp:127.0.0.1:1234",
      "-S",
    ]);
    expect(kernelArguments).toMatch(/ nokaslr$/);
  });

  test("takes other machine types, options and processors", () => {
    const args = commandLine({
      ...machine,
      board: {
        ...board,
        machine: "microvm",
        machineOptions: [["pit", "off"]],
        cpu: [["max"], ["la57", "off"]],
      },
    }).arguments;
    expect(args.slice(5, 11)).toEqual([
      ...["-machine", "microvm,pcie=on,rtc=on,dump-guest-core=off,pit=off"],
      ...["-accel", "tcg", "-cpu", "max,la57=off"],
    ]);
  });
});

describe("values that make no machine", () => {
  const boardWith = (values: Partial<Board>) => () =>
    commandLine({ ...machine, board: { ...board, ...values } });
  const tagged =
    (...tags: readonly string[]) =>
    () =>
      shares(tags.map((tag) => ({ tag, path: "/", readonly: true })));

  test.each([
    [boardWith({ memoryMiB: 0 }), "the memory is 0; give a whole number from 1"],
    [boardWith({ cpus: 1.5 }), "the number of processors is 1.5; give a whole number from 1"],
    [
      boardWith({ machine: "virt" }),
      'machine type "virt" is for aarch64 guests; x86_64 guests use "q35"',
    ],
    [tagged("a", "a"), 'share tag "a" is used twice; tags are unique'],
    [tagged(""), 'share tag "" is 0 bytes long; a tag has 1 to 31'],
    [tagged("ü".repeat(16)), `share tag "${"ü".repeat(16)}" is 32 bytes long; a tag has 1 to 31`],
    [
      tagged(...Array.from({ length: shareLimit + 1 }, (_, index) => `${index}`)),
      "185 shared directories are more than the 184 that fit on the PCI bus; share a common parent directory instead",
    ],
    [() => gdb(65536), "gdb port 65536 is not a port; give one from 1 to 65535"],
  ])("%#: %s", (make, sentence) => {
    expect(make).toThrow(sentence);
  });
});

/** Starts a halted machine and lists the virtio devices of its root bus as "slot.function device". */
async function virtioDevices(program: string, values: Machine): Promise<readonly string[]> {
  const args = commandLine(values).arguments;
  const qemu = await startQemu(program, [...args, "-S"], ["pipe", "pipe"]);
  const buses = await qemu.qmp.execute("query-pci");
  await quit(qemu.qmp);
  expect(await qemu.exited, qemu.stderr()).toBe(0);
  expect(qemu.stderr()).toBe("");
  const bus: unknown = Array.isArray(buses) ? buses[0] : undefined;
  if (!isObject(bus) || !Array.isArray(bus.devices)) throw new Error("query-pci lists no devices");
  return bus.devices
    .filter((device) => device.id.vendor === 0x1af4)
    .map((device) => `${device.slot}.${device.function} ${device.id.device.toString(16)}`)
    .toSorted();
}

describe("the real QEMU", () => {
  test.for([
    ["x86_64", "q35", 23],
    ["x86_64", "pc", 24],
    ["x86_64", "microvm", 2],
    ["aarch64", "virt", 100],
  ] as const)(
    "puts the devices of %s guests on %s into their slots, with %d shares",
    async (values, context) => {
      const [architecture, type, count] = values;
      const program = await requireQemu(context, architecture);
      const directory = await mkdtemp(join(tmpdir(), "vimto-start-"));
      try {
        const kernel = join(directory, "kernel");
        await writeFile(kernel, fakeKernel());
        const found = await virtioDevices(program, {
          board: { architecture, machine: type, accelerator: "tcg", cpus: 2, memoryMiB: 32 },
          boot: { kernel },
          descriptors: { monitor: 3, console: 4, channel: 5 },
          devices: shares(
            Array.from({ length: count }, (_, index) => ({
              tag: `share${index}`,
              path: directory,
              readonly: true,
            })),
          ),
          entropy: true,
        });
        // virtio-serial, virtio-rng and virtio-9p, in their transitional numbering.
        const shared = Array.from(
          { length: count },
          (_, index) => `${8 + (index % 23)}.${Math.floor(index / 23)} 1009`,
        );
        expect(found).toEqual(["2.0 1003", "3.0 1005", ...shared].toSorted());
      } finally {
        await rm(directory, { recursive: true });
      }
    },
  );
});
