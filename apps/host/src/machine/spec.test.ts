import { gdb } from "@vimto/qemu";
import { expect, test } from "vitest";
import { share9p } from "../capabilities/share-9p/share-9p.ts";
import { layerShares, runShares } from "../guest/tags.ts";
import { type MachineSpec, machineCommandLine } from "./spec.ts";

const spec: MachineSpec = {
  architecture: "x86_64",
  accelerator: "tcg",
  cpus: 1,
  smpText: "1",
  overcommit: false,
  memoryMiB: 256,
  kernel: "/k/vmlinux",
  initramfs: "/cache/initramfs.cpio",
  append: ["lsm=bpf", "debug"],
  devices: share9p.devices([
    ...layerShares({ image: undefined, modules: "/k/modules", index: undefined }),
    ...runShares([{ path: "/home/me/work", readonly: false }], 2, "/cache/empty"),
  ]),
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
