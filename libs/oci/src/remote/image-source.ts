import type { Descriptor } from "./manifest.ts";
import type { ReceivedManifest } from "./registry.ts";

/** Where the parts of one image come from: a repository, or a layout on this machine. */
export type ImageSource = {
  /** As it is named in errors: `image "docker.io/library/alpine:latest"`. */
  readonly what: string;
  /** Whether the blobs are files of this machine already: then the store keeps no copies. */
  readonly local: boolean;
  /** The manifest or index that the image's name stands for. */
  top(signal?: AbortSignal): Promise<ReceivedManifest>;
  /** A manifest that an index names, checked against its digest. */
  manifest(entry: Descriptor, signal?: AbortSignal): Promise<ReceivedManifest>;
  /** The bytes of a blob; not checked, and never more than its size. */
  open(blob: Descriptor, signal?: AbortSignal): AsyncIterable<Uint8Array>;
};
