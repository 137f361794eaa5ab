import { gdb } from "@vimto/qemu";
import { expect, test } from "vitest";
import { share9p } from "../capabilities/share-9p/share-9p.ts";
import { shareVirtiofs } from "../capabilities/share-virtiofs/share-virtiofs.ts";
import { virtiofsd } from "../capabilities/share-virtiofs/testing/virtiofsd.ts";
import { layerShares, runShares } from "../guest/tags.ts";
import { type MachineSpec, machineCommandLine } from "./spec.ts";

const spec: MachineSpec = {
  architecture: "x86_64",
  accelerator: "tcg",
  version: { major: 8, minor: 0, micro: 0 },
  cpus: 1,
  smpText: "1",
  overcommit: false,
  memoryMiB: 256,
  kernel: "/k/vmlinux",
  initramfs: "/cache/initramfs.cpio",
  append: ["lsm=bpf", "debug"],
  devices: share9p.devices(
    [
      ...layerShares({ image: undefined, modules: "/k/modules", index: undefined }),
      ...runShares([{ path: "/home/me/work", readonly: false }], 2, "/cache/empty"),
    ],
    { first: 0, total: 4 },
  ).devices,
};

test("a machine that boots", () => {
  expect(machineCommandLine(spec)).toMatchSnapshot();
});

test("a clone, and one that waits for gdb", () => {
  const clone: MachineSpec = {
    ...spec,
    initramfs: undefined,
    memoryFile: { path: "/proc/self/fd/6", share: false },
    incoming: true,
  };
  expect(machineCommandLine(clone)).toMatchSnapshot("clone");
  const waits = { ...spec, devices: [...spec.devices, gdb(1234)] };
  expect(machineCommandLine(waits)).toMatchSnapshot("gdb");
});

test("an arm64 machine with two processors under KVM", () => {
  const arm: MachineSpec = {
    ...spec,
    architecture: "aarch64",
    accelerator: "kvm",
    cpus: 2,
    smpText: "cpus=2,cores=2",
  };
  expect(machineCommandLine(arm)).toMatchSnapshot();
});

test("a machine whose shares have servers", () => {
  const below = layerShares({ image: undefined, modules: undefined, index: undefined });
  const { fileServers } = shareVirtiofs(virtiofsd).devices(
    runShares([{ path: "/a,b", readonly: false }], 0, "/cache/empty"),
    { first: 1, total: 2 },
  );
  expect(fileServers.map(({ command }) => command.join(" "))).toEqual([
    "/v --fd=3 -f -o sandbox=chroot -o cache=auto -o log_level=err -o xattr -o allow_direct_io -o announce_submounts -o source=/a\\,b",
  ]);
  const { devices } = share9p.devices(below, { first: 0, total: 2 });
  expect(machineCommandLine({ ...spec, devices, fileServers })).toMatchSnapshot();
  const template = { ...spec, devices, plugs: 1 };
  const ports = "-device pcie-root-port,id=plug0,chassis=1,addr=0x5";
  expect(machineCommandLine(template).arguments.join(" ")).toContain(` ${ports} -kernel `);
  const clone = machineCommandLine({ ...template, fileServers }, 2).arguments.join(" ");
  expect(clone).toContain(` ${ports} -chardev socket,id=fs-share0,fd=8 -kernel `);
});
