import type { Architecture } from "@vimto/linux";
import {
  type Accelerator,
  commandLine,
  type Device,
  fileServer,
  fileServerSocket,
  plugPorts,
  type Version,
} from "@vimto/qemu";
import type { FileServer } from "../capabilities/file-server.ts";

/** The descriptors of QEMU's ends of the sockets, in the order in which they are passed. */
const DESCRIPTORS = { console: 3, monitor: 4, channel: 5 } as const;
/** Where further files that are passed on begin. */
export const FIRST_FILE = 6;

/** A machine as a value; equal values give equal command lines. */
export type MachineSpec = {
  readonly architecture: Architecture;
  readonly accelerator: Accelerator;
  /** QEMU's version. */
  readonly version: Version;
  readonly cpus: number;
  /** What the user wrote for QEMU's -smp. */
  readonly smpText: string;
  readonly memoryMiB: number;
  /** The host has less memory than that. */
  readonly overcommit: boolean;
  /** What QEMU may keep of translated code, in MiB, where memory is short. */
  readonly codeCacheMiB?: number | undefined;
  /** The file that QEMU boots. */
  readonly kernel: string;
  readonly initramfs: string | undefined;
  /** Kernel arguments of the user. */
  readonly append: readonly string[];
  /** Shares first, then what capabilities add. */
  readonly devices: readonly Device[];
  /** What serves directories beside QEMU; the machine shares its memory with them. */
  readonly fileServers?: readonly FileServer[];
  /** For how many servers there are ports: their devices are plugged in later. */
  readonly plugs?: number | undefined;
  /** RAM is this file: shared while a template is made, private in a clone. */
  readonly memoryFile?: { readonly path: string; readonly share: boolean };
  /** Wait for a saved state instead of booting. */
  readonly incoming?: boolean;
};

/**
 * QEMU's command line and the kernel's. Throws QemuError "bad-value" and "bad-kernel-arguments".
 *
 * @param files how many further files QEMU inherits before the sockets of file servers
 */
export function machineCommandLine(spec: MachineSpec, files = 0): ReturnType<typeof commandLine> {
  const { fileServers = [], plugs } = spec;
  return commandLine({
    board: {
      architecture: spec.architecture,
      accelerator: spec.accelerator,
      version: spec.version,
      cpus: spec.cpus,
      topology: topology(spec),
      memoryMiB: spec.memoryMiB,
      memoryFile: spec.memoryFile,
      shared: fileServers.length > 0,
      overcommit: spec.overcommit,
      codeCacheMiB: spec.codeCacheMiB,
      machineOptions: machineOptions[spec.architecture],
    },
    boot: { kernel: spec.kernel, initramfs: spec.initramfs, append: spec.append.join(" ") },
    descriptors: DESCRIPTORS,
    devices: [
      ...spec.devices,
      ...(plugs === undefined ? [] : [plugPorts(plugs)]),
      ...fileServers.map(({ tag, address }, index) => {
        const server = { tag, descriptor: FIRST_FILE + files + index };
        return plugs === undefined ? fileServer(server, address) : fileServerSocket(server);
      }),
    ],
    incoming: spec.incoming,
  });
}

/**
 * A machine with one processor could have a second: before 8.1 QEMU leaves out the guest's memory barriers
 * when it emulates a machine that never has two, although its own threads run beside the one, and
 * virtio's notifications depend on them (accel/tcg/tcg-accel-ops.c, CF_PARALLEL by max_cpus).
 */
function topology({ accelerator, cpus, smpText }: MachineSpec): string {
  return accelerator === "tcg" && cpus === 1 && !smpText.includes("maxcpus")
    ? "cpus=1,maxcpus=2"
    : smpText;
}

/** What a q35 board has and no guest of ours uses; without it a boot is a fifth shorter (TCG). */
const machineOptions = {
  x86_64: [
    ["sata", "off"],
    ["smbus", "off"],
    ["vmport", "off"],
    ["hpet", "off"],
    ["smm", "off"],
    ["i8042", "off"],
  ],
  aarch64: [],
} as const;
