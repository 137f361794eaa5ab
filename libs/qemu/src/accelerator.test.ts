import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type AcceleratorFacts, chooseAccelerator } from "./accelerator.ts";
import { readAcceleratorFacts, virtualizationExtension } from "./accelerator-facts.ts";

const good: AcceleratorFacts = {
  hostArchitecture: "x86_64",
  kvm: { state: "usable" },
  extension: "svm",
  disableKvm: undefined,
};
const silent = { ...good, extension: undefined };
const missing: AcceleratorFacts = { ...good, kvm: { state: "missing" } };
const denied: AcceleratorFacts = { ...good, kvm: { state: "denied", group: "kvm" } };
const failed: AcceleratorFacts = { ...good, kvm: { state: "failed", reason: "ENODEV" } };
const arm: AcceleratorFacts = { ...silent, hostArchitecture: "aarch64" };

describe("auto", () => {
  test.each([
    ["kvm", "/dev/kvm is usable", good],
    ["tcg", "the processor shows neither vmx nor svm", silent],
    ["tcg", "there is no /dev/kvm although the processor has svm", missing],
    [
      "tcg",
      "there is no /dev/kvm and the processor shows neither vmx nor svm",
      { ...missing, extension: undefined },
    ],
    ["tcg", "this user may not open /dev/kvm", denied],
    ["tcg", "/dev/kvm does not open (ENODEV)", failed],
    ["tcg", "the guest is x86_64 and this host is aarch64", arm],
  ] as const)("takes %s: %s", (accelerator, reason, facts) => {
    expect(chooseAccelerator("auto", "x86_64", facts)).toEqual({ accelerator, reason });
  });

  test("needs no processor flag on aarch64", () => {
    expect(chooseAccelerator("auto", "aarch64", arm).accelerator).toBe("kvm");
    expect(chooseAccelerator("auto", "aarch64", { ...arm, kvm: { state: "missing" } }).reason).toBe(
      "there is no /dev/kvm",
    );
  });
});

describe("kvm", () => {
  test("is started wherever /dev/kvm opens", () => {
    expect(chooseAccelerator("kvm", "x86_64", good)).toEqual({
      accelerator: "kvm",
      reason: "KVM was asked for",
    });
    expect(chooseAccelerator("kvm", "x86_64", silent)).toEqual({
      accelerator: "kvm",
      reason: "KVM was asked for",
      warning: "the processor shows neither vmx nor svm, so KVM may not work; --accel tcg does",
    });
  });

  test.each([
    [
      'this user may not open /dev/kvm; join its group with "sudo usermod -aG kvm $USER" and log in again, or use --accel tcg',
      denied,
    ],
    [
      'this user may not open /dev/kvm; let this user open it with "sudo setfacl -m u:$USER:rw /dev/kvm", or use --accel tcg',
      { ...good, kvm: { state: "denied", group: undefined } },
    ],
    [
      'there is no /dev/kvm although the processor has svm; load its driver with "sudo modprobe kvm_amd", or use --accel tcg',
      missing,
    ],
    [
      'there is no /dev/kvm although the processor has vmx; load its driver with "sudo modprobe kvm_intel", or use --accel tcg',
      { ...missing, extension: "vmx" },
    ],
    [
      "there is no /dev/kvm and the processor shows neither vmx nor svm; turn on virtualization in the firmware, or nested virtualization where this host is a guest, or use --accel tcg",
      { ...missing, extension: undefined },
    ],
    [
      "/dev/kvm does not open (ENODEV); see what the host's kernel log says of kvm, or use --accel tcg",
      failed,
    ],
    [
      "the guest is x86_64 and this host is aarch64; name a kernel for aarch64, or use --accel tcg",
      arm,
    ],
  ] as const)("is refused: %s", (sentence, facts) => {
    expect(() => chooseAccelerator("kvm", "x86_64", facts)).toThrow(
      `KVM cannot be used: ${sentence}`,
    );
  });
});

test("tcg needs nothing", () => {
  expect(chooseAccelerator("tcg", "aarch64", { ...missing, disableKvm: "true" })).toEqual({
    accelerator: "tcg",
    reason: "emulation was asked for",
  });
});

test("VIMTO_DISABLE_KVM=true wins and warns, other values do nothing", () => {
  for (const asked of ["auto", "kvm"] as const) {
    expect(chooseAccelerator(asked, "x86_64", { ...good, disableKvm: "true" })).toEqual({
      accelerator: "tcg",
      reason: "VIMTO_DISABLE_KVM=true",
      warning: "VIMTO_DISABLE_KVM=true: the guest is emulated, which is slow",
    });
    for (const disableKvm of ["", "false", "0"]) {
      expect(chooseAccelerator(asked, "x86_64", { ...good, disableKvm }).accelerator).toBe("kvm");
    }
  }
});

test("processor flags are whole words of the flags line", () => {
  expect(virtualizationExtension("processor\t: 0\nflags\t\t: fpu svm vme\n\n")).toBe("svm");
  expect(virtualizationExtension("flags\t\t: fpu vmx\nflags\t\t: fpu vmx\n")).toBe("vmx");
  expect(
    virtualizationExtension("vmx flags\t: ept\nflags\t: svm_lock\nFeatures\t: svm\n"),
  ).toBeUndefined();
});

test("facts are read from the host", async () => {
  const directory = await mkdtemp(join(tmpdir(), "vimto-facts-"));
  try {
    const device = join(directory, "kvm");
    const cpuinfo = join(directory, "cpuinfo");
    await writeFile(device, "");
    await writeFile(cpuinfo, "flags\t: vmx\n");
    const environment = { VIMTO_DISABLE_KVM: "true" };
    expect(
      await readAcceleratorFacts({ device, cpuinfo, architecture: "x64", environment }),
    ).toEqual({
      hostArchitecture: "x86_64",
      kvm: { state: "usable" },
      extension: "vmx",
      disableKvm: "true",
    });
    const nothing = join(directory, "nothing");
    expect(
      await readAcceleratorFacts({
        device: nothing,
        cpuinfo: nothing,
        architecture: "arm64",
        environment: {},
      }),
    ).toEqual({
      hostArchitecture: "aarch64",
      kvm: { state: "missing" },
      extension: undefined,
      disableKvm: undefined,
    });
    const unreadable = await readAcceleratorFacts({ device: directory, architecture: "riscv64" });
    expect(unreadable.kvm).toEqual({ state: "failed", reason: "EISDIR" });
    expect(unreadable.hostArchitecture).toBe("riscv64");
  } finally {
    await rm(directory, { recursive: true });
  }
});
