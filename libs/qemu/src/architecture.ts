import type { Architecture } from "@vimto/linux";
import type { OptionPart } from "./option.ts";

export type Accelerator = "kvm" | "tcg";

/** The machine types that vimto knows how to wire. */
export type MachineType = "q35" | "pc" | "microvm" | "virt";

type AcceleratorTable = {
  readonly cpu: readonly OptionPart[];
  readonly machine: readonly OptionPart[];
};

type MachineTable = {
  readonly architecture: Architecture;
  /** Options that the machine type needs to carry vimto's devices. */
  readonly options: readonly OptionPart[];
};

type ArchitectureTable = {
  readonly binary: string;
  /** What Debian and Ubuntu call the package that holds the binary. */
  readonly package: string;
  readonly machine: MachineType;
  readonly accelerators: Readonly<Record<Accelerator, AcceleratorTable>>;
  /** Kernel arguments that put the console on the machine's first serial port. */
  readonly console: readonly string[];
  /** Bytes of kernel arguments that the kernel keeps, without the terminating NUL. */
  readonly commandLineLimit: number;
};

/** Everything that differs between guest architectures. */
export const architectureTable: Readonly<Record<Architecture, ArchitectureTable>> = {
  x86_64: {
    binary: "qemu-system-x86_64",
    package: "qemu-system-x86",
    machine: "q35",
    accelerators: {
      // "host" is migratable unless asked otherwise: QEMU then leaves out invtsc, which would
      // forbid saving the machine (target/i386/kvm, "migratable" property).
      kvm: { cpu: [["host"]], machine: [] },
      // "Enhanced rep movsb" makes the kernel and the C library copy by it, and QEMU emulates that byte by
      // byte: 500 MB of stdout cost 3.7 s of CPU time with it and 2.1 s without (QEMU 7.2).
      tcg: { cpu: [["max"], ["erms", "off"], ["fsrm", "off"]], machine: [] },
    },
    // earlyprintk costs no measurable time and is the only voice of the decompressor: a damaged
    // bzImage hangs without a word otherwise, and says "-- System halted" with it.
    console: ["console=ttyS0", "earlyprintk=serial,ttyS0,115200"],
    // COMMAND_LINE_SIZE, arch/x86/include/asm/setup.h
    commandLineLimit: 2047,
  },
  aarch64: {
    binary: "qemu-system-aarch64",
    package: "qemu-system-arm",
    machine: "virt",
    accelerators: {
      // Under KVM only the host's own interrupt controller version works on every host.
      kvm: { cpu: [["host"]], machine: [["gic-version", "host"]] },
      // The architected pointer authentication algorithm is costly to emulate: Debian 6.1 reached
      // its first panic after 6.9 s with it and 1.8 s with pauth-impdef (QEMU 7.2, TCG).
      tcg: { cpu: [["max"], ["pauth-impdef", "on"]], machine: [["gic-version", "3"]] },
    },
    // earlycon without a value takes the port from the device tree's stdout-path, which QEMU sets.
    console: ["console=ttyAMA0", "earlycon"],
    // COMMAND_LINE_SIZE, arch/arm64/include/uapi/asm/setup.h
    commandLineLimit: 2047,
  },
};

export const machineTable: Readonly<Record<MachineType, MachineTable>> = {
  q35: { architecture: "x86_64", options: [] },
  pc: { architecture: "x86_64", options: [] },
  // Its default bus is virtio-mmio, a module on Debian that finds no device without ACPI or kernel
  // arguments; with pcie=on the same PCI devices and slots as everywhere else work. rtc=on because
  // "auto" leaves the clock out under KVM (QEMU manual, "microvm virtual platform"). Not for TCG:
  // without a timer to calibrate the TSC against ("could not calculate TSC khz"), 6.12 hung in about
  // half of its boots on a busy host (QEMU 7.2).
  microvm: {
    architecture: "x86_64",
    options: [
      ["pcie", "on"],
      ["rtc", "on"],
    ],
  },
  virt: { architecture: "aarch64", options: [] },
};
