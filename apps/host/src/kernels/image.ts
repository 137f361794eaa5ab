import type { KernelFiles } from "@vimto/kernel";

/** An image whose files are there as long as this process runs. Nothing in it is trusted. */
export type FetchedImage = {
  /** In full. */
  readonly name: string;
  /** Absolute. */
  readonly directory: string;
  /** Where a path in the image leads on the host, links followed inside it; undefined for nowhere. */
  readonly resolve: (path: string) => string | undefined;
};

export type ImageModules = {
  readonly directory: string;
  /** A directory with what modprobe needs besides, when that is not there: it is being made. */
  readonly index: Promise<string> | undefined;
};

/** What `--kernel` names, resolved to files on disk. */
export type KernelImage = {
  /** As the user named it. */
  readonly text: string;
  readonly files: KernelFiles;
  /** The file that QEMU boots. */
  readonly boot: string;
  /** A directory whose content appears on the guest's root: that of an image. */
  readonly overlay: string | undefined;
  /** Module files for guest init, dependencies first. */
  readonly load: readonly string[];
  /** Modules that are not on the host's own root. */
  readonly modules: ImageModules | undefined;
};
