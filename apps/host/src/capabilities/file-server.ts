import type { PciAddress } from "@vimto/qemu";

/** The descriptor of the listening socket in a server. */
export const SERVER_SOCKET = 3;

/** A process beside QEMU that serves a directory over virtiofs. */
export type FileServer = {
  /** What the guest mounts it by. */
  readonly tag: string;
  readonly address: PciAddress;
  /** The directory that it serves, for sentences. */
  readonly path: string;
  /** It finds a listening socket at SERVER_SOCKET, serves one client and ends with it. */
  readonly command: readonly string[];
  /** Whether all of the host's file systems are read-only for it, by the kernel. */
  readonly readOnlyMounts: boolean;
  /** What works without it, for sentences: "--fs 9p". */
  readonly wayOut: string;
};
