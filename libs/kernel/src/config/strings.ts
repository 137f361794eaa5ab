import { find } from "../bytes.ts";

/** What an unpacked kernel's own strings tell of an option when no configuration is known. */
export type Presence = "builtin" | "not-builtin" | "unknown";

interface Marker {
  /** Texts that are there only with the code; one is enough. */
  readonly proof: readonly string[];
  /** Whether the code always has one of the texts: then their absence is proof, too. */
  readonly always: boolean;
}

/**
 * Names that the code registers, each with its NUL, are data and there in every build; messages
 * depend on CONFIG_PRINTK and CONFIG_BUG. No NUL stands in front, for the linker lets "overlay"
 * share the end of "arp_overlay" (which is why that name proves nothing).
 */
const markers: Readonly<Record<string, Marker>> = {
  // drivers/virtio/virtio_pci_common.c and virtio_mmio.c, names of the drivers
  VIRTIO_PCI: { proof: ["virtio-pci\0"], always: true },
  VIRTIO_MMIO: { proof: ["virtio-mmio\0"], always: true },
  // drivers/pci/controller/pci-host-generic.c, name of the driver
  PCI_HOST_GENERIC: { proof: ["pci-host-generic\0"], always: true },
  // drivers/char/virtio_console.c, name of the driver
  VIRTIO_CONSOLE: { proof: ["virtio_console\0"], always: true },
  // net/9p/trans_virtio.c, name of the driver
  NET_9P_VIRTIO: { proof: ["9pnet_virtio\0"], always: true },
  // Names of the inode caches: fs/9p/v9fs.c, fs/fuse/inode.c, fs/proc/inode.c and, since 4.13,
  // fs/overlayfs/super.c
  "9P_FS": { proof: ["v9fs_inode_cache\0"], always: true },
  OVERLAY_FS: { proof: ["ovl_inode\0", "overlayfs: "], always: true },
  FUSE_FS: { proof: ["fuse_inode\0"], always: true },
  PROC_FS: { proof: ["proc_inode_cache\0"], always: true },
  // fs/fuse/virtio_fs.c, name of the file system
  VIRTIO_FS: { proof: ["virtiofs\0"], always: true },
  // drivers/net/virtio_net.c, name of the driver
  VIRTIO_NET: { proof: ["virtio_net\0"], always: true },
  // drivers/base/devtmpfs.c, name of its thread
  DEVTMPFS: { proof: ["kdevtmpfs\0"], always: true },
  // drivers/tty/pty.c, name of the device region
  UNIX98_PTYS: { proof: ["/dev/ptmx\0"], always: true },
  // init/initramfs.c, what its error() says whether or not there is a printk
  BLK_DEV_INITRD: { proof: ["no cpio magic\0"], always: true },
  // mm/shmem.c; without SHMEM a simpler tmpfs takes its place
  TMPFS: { proof: ["shmem_inode_cache\0"], always: false },
  // fs/sysfs/dir.c, fs/binfmt_elf.c: messages
  SYSFS: { proof: ["sysfs: cannot create duplicate filename"], always: false },
  BINFMT_ELF: { proof: ["fs/binfmt_elf.c\0"], always: false },
};

/** Whether an option's code is in the kernel image; "unknown" when its strings do not tell. */
export function presence(kernel: Uint8Array, option: string): Presence {
  const marker = markers[option];
  if (marker === undefined) return "unknown";
  if (marker.proof.some((text) => find(kernel, text) !== -1)) return "builtin";
  return marker.always ? "not-builtin" : "unknown";
}
