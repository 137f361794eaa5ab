import {
  type Accelerator,
  type Architecture,
  commandLine,
  type Share as DeviceShare,
} from "@vimto/qemu";
import { shareTag, TAGS } from "../guest/root.ts";
import type { KernelImage } from "../kernels/image.ts";
import type { Share } from "../settings/index.ts";
import { DESCRIPTORS } from "./descriptors.ts";

const MIB = 1 << 20;

/** What the guest has to hold besides the command's memory and the initramfs, in MiB: the kernel. */
const KERNEL_MIB = 96;
/** The kernel's struct page, 64 bytes for each 4 KiB, and 1 % for tables that grow with memory. */
const PAGE_STRUCTURES = (1 + 1 / 63) * 1.01;
/**
 * What a kernel with transparent huge pages keeps free: 5 % of its memory, and at most 67.5 MiB for the
 * three zones of a large machine (mm/khugepaged.c, set_recommended_min_free_kbytes), half as much again
 * up to the high watermark (mm/page_alloc.c), which MemAvailable leaves out.
 */
const RESERVED = { share: 0.05, mostMiB: 67.5, watermark: 1.5 } as const;
/** Bounce buffers of a machine with memory above 4 GiB (kernel/dma/swiotlb.c, IO_TLB_DEFAULT_SIZE). */
const BOUNCE = { fromMiB: 2816, MiB: 64 } as const;
/** While the initramfs is unpacked it is there twice. */
const UNPACKING_MIB = 128;

/** Bytes of the machine that leave `wanted` bytes to the command, in MiB. */
export function machineMemoryMiB(wanted: number, initramfsBytes: number): number {
  const initramfs = Math.ceil(initramfsBytes / MIB);
  const command = wanted / MIB;
  const reserved = RESERVED.watermark * Math.min(RESERVED.share * command, RESERVED.mostMiB);
  const bounce = command > BOUNCE.fromMiB ? BOUNCE.MiB : 0;
  return Math.max(
    Math.ceil(command * PAGE_STRUCTURES + reserved) + bounce + initramfs + KERNEL_MIB,
    2 * initramfs + UNPACKING_MIB,
  );
}

export type MachineInputs = {
  readonly architecture: Architecture;
  readonly accelerator: Accelerator;
  readonly cpus: number;
  /** What the user wrote for QEMU's -smp. */
  readonly smpText: string;
  readonly memoryMiB: number;
  readonly image: Pick<KernelImage, "boot" | "overlay"> & {
    readonly modules:
      | { readonly directory: string; readonly index: string | undefined }
      | undefined;
  };
  readonly initramfs: string | undefined;
  readonly shares: readonly Share[];
  readonly append: readonly string[];
  readonly gdbPort: number | undefined;
  /** RAM is this file: shared while a template is made, private in a clone. */
  readonly memoryFile?: { readonly path: string; readonly share: boolean };
  /** Wait for a saved state instead of booting. */
  readonly incoming?: boolean;
  /** Devices for shares, at least: a template has more than its clones may need. */
  readonly slots?: { readonly count: number; readonly empty: string };
};

/**
 * How many share devices a template has: the usual run needs two (the git root and the program's own
 * directory), and a device that nobody mounts costs a boot some milliseconds.
 */
export const slotCount = (shares: number): number =>
  Math.max(4, 2 ** Math.ceil(Math.log2(Math.max(1, shares))));

/** Tags and directories of the 9p devices, in order. */
export function deviceShares({
  image,
  shares,
  slots,
}: Pick<MachineInputs, "image" | "shares" | "slots">): DeviceShare[] {
  const unused = Array.from({ length: Math.max(0, (slots?.count ?? 0) - shares.length) }, () => ({
    path: slots?.empty ?? "/",
    readonly: true,
  }));
  const fixed = (tag: string, path: string | undefined): DeviceShare[] =>
    path === undefined ? [] : [{ tag, path, readonly: true }];
  return [
    ...fixed(TAGS.root, "/"),
    ...fixed(TAGS.image, image.overlay),
    ...fixed(TAGS.modules, image.modules?.directory),
    ...fixed(TAGS.index, image.modules?.index),
    ...[...shares, ...unused].map(({ path, readonly }, index) => ({
      tag: shareTag(index),
      path,
      readonly,
    })),
  ];
}

/** QEMU's command line and the kernel's. Throws QemuError "bad-value" and "bad-kernel-arguments". */
export function machineCommandLine(inputs: MachineInputs): ReturnType<typeof commandLine> {
  return commandLine({
    board: {
      architecture: inputs.architecture,
      accelerator: inputs.accelerator,
      cpus: inputs.cpus,
      topology: topology(inputs),
      memoryMiB: inputs.memoryMiB,
      memoryFile: inputs.memoryFile,
      machineOptions: machineOptions[inputs.architecture],
    },
    boot: {
      kernel: inputs.image.boot,
      initramfs: inputs.initramfs,
      append: inputs.append.join(" "),
    },
    descriptors: DESCRIPTORS,
    shares: deviceShares(inputs),
    incoming: inputs.incoming,
    gdb: inputs.gdbPort === undefined ? undefined : { port: inputs.gdbPort },
  });
}

/**
 * A machine with one processor could have a second: before 8.1 QEMU leaves out the guest's memory barriers
 * when it emulates a machine that never has two, although its own threads run beside the one, and
 * virtio's notifications depend on them (accel/tcg/tcg-accel-ops.c, CF_PARALLEL by max_cpus).
 */
function topology({ accelerator, cpus, smpText }: MachineInputs): string {
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
