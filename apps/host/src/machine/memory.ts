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
/** While the kernel unpacks the initramfs, memory holds it twice. */
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
