import type { Architecture } from "@vimto/linux";

/** One feature of the kernel that a run needs. */
export interface Need {
  /** "virtio console": completes "was built without ...". */
  readonly name: string;
  /** What vimto does with it: completes "which vimto ...". */
  readonly purpose: string;
  /** Without a "needed" one nothing runs; without a "wanted" one a part fails; "sharing" ones share files. */
  readonly level: "needed" | "wanted" | "sharing";
  /** The configuration option, without CONFIG_. */
  readonly option: string;
  /** The module that it may be, as `uname` and file names spell it. */
  readonly module?: string;
  readonly arch?: Architecture;
  readonly transport?: Transport;
}

/** How virtio devices are attached: x86 and arm64 machines have PCI, microvm has mmio. */
export type Transport = "pci" | "mmio";

/** In the order in which lacks are reported. */
export const needs: readonly Need[] = [
  {
    name: "initramfs support",
    purpose: "starts its guest init from",
    level: "needed",
    option: "BLK_DEV_INITRD",
  },
  {
    name: "ELF programs",
    purpose: "runs commands as",
    level: "needed",
    option: "BINFMT_ELF",
  },
  {
    name: "virtio over PCI",
    purpose: "attaches its devices by",
    level: "needed",
    option: "VIRTIO_PCI",
    module: "virtio_pci",
    transport: "pci",
  },
  {
    name: "the PCI host of QEMU's virt machine",
    purpose: "attaches its devices to",
    level: "needed",
    option: "PCI_HOST_GENERIC",
    module: "pci_host_generic",
    arch: "aarch64",
    transport: "pci",
  },
  {
    name: "virtio over MMIO",
    purpose: "attaches its devices by",
    level: "needed",
    option: "VIRTIO_MMIO",
    module: "virtio_mmio",
    transport: "mmio",
  },
  {
    name: "virtio console",
    purpose: "talks to the guest over",
    level: "needed",
    option: "VIRTIO_CONSOLE",
    module: "virtio_console",
  },
  {
    name: "9p over virtio",
    purpose: "shares files over",
    level: "sharing",
    option: "NET_9P_VIRTIO",
    module: "9pnet_virtio",
  },
  {
    name: "the 9p file system",
    purpose: "shares files over",
    level: "sharing",
    option: "9P_FS",
    module: "9p",
  },
  {
    name: "overlayfs",
    purpose: "makes the guest's root of",
    level: "needed",
    option: "OVERLAY_FS",
    module: "overlay",
  },
  { name: "tmpfs", purpose: "keeps what the guest writes in", level: "needed", option: "TMPFS" },
  { name: "devtmpfs", purpose: "fills /dev with", level: "needed", option: "DEVTMPFS" },
  { name: "proc", purpose: "mounts on /proc", level: "needed", option: "PROC_FS" },
  { name: "sysfs", purpose: "mounts on /sys", level: "needed", option: "SYSFS" },
  {
    name: "pseudoterminals",
    purpose: "runs commands on a terminal with",
    level: "wanted",
    option: "UNIX98_PTYS",
  },
  {
    name: "scripts",
    purpose: "runs files that begin with #! as",
    level: "wanted",
    option: "BINFMT_SCRIPT",
    module: "binfmt_script",
  },
  {
    name: "users other than root",
    purpose: "runs commands as",
    level: "wanted",
    option: "MULTIUSER",
  },
  {
    name: "a serial console",
    purpose: "shows the messages of a kernel that fails by",
    level: "wanted",
    option: "SERIAL_8250_CONSOLE",
    arch: "x86_64",
  },
  {
    name: "a serial console",
    purpose: "shows the messages of a kernel that fails by",
    level: "wanted",
    option: "SERIAL_AMBA_PL011_CONSOLE",
    arch: "aarch64",
  },
];

/** The other way of sharing files. */
export const virtiofs: Need = {
  name: "virtiofs",
  purpose: "shares files over",
  level: "sharing",
  option: "VIRTIO_FS",
  module: "virtiofs",
};

/** The interface of a machine with a network. */
export const virtioNet: Need = {
  name: "virtio network interfaces",
  purpose: "attaches the guest's network by",
  level: "wanted",
  option: "VIRTIO_NET",
  module: "virtio_net",
};

/** Every option that a decision looks at. */
export const options: readonly string[] = [
  ...new Set([...needs, virtiofs, virtioNet].map(({ option }) => option)),
];
