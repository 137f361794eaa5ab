import type { KernelFiles, Sharing, StaticNode } from "@vimto/kernel";
import type { Merge } from "../host/layers.ts";
import type { ModuleIndex } from "./module-index.ts";

/** An image or a package whose files are there as long as this process runs. Nothing in it is trusted. */
export type FetchedImage = {
  /** Names it in sentences, in full: `image "docker.io/library/alpine:latest"`. */
  readonly what: string;
  /** Absolute. */
  readonly directory: string;
  /** Where a path in the image leads on the host, links followed inside it; undefined for nowhere. */
  readonly resolve: (path: string) => string | undefined;
};

export type ImageModules = {
  readonly directory: string;
  /** The index files that modprobe needs, when the directory lacks them. */
  readonly index: ModuleIndex | undefined;
};

/** What `--kernel` names, resolved to files on disk. */
export type KernelImage = {
  /** As the user named it. */
  readonly text: string;
  readonly files: KernelFiles;
  readonly release: string;
  /** The file that QEMU boots. */
  readonly boot: string;
  /** A directory whose content appears on the guest's root, such as an unpacked image. */
  readonly overlay: string | undefined;
  /** Directories of the overlay that stand where the host has links. */
  readonly merges: readonly Merge[];
  /** Module files for guest init, dependencies first. */
  readonly load: readonly string[];
  /** How the host's files get into the guest. */
  readonly sharing: Sharing;
  /** The most CPUs that it brings up; undefined when it does not say. */
  readonly cpus: number | undefined;
  /** Device nodes by which a module is loaded. */
  readonly nodes: readonly StaticNode[];
  /** Modules that are not on the host's own root. */
  readonly modules: ImageModules | undefined;
};
