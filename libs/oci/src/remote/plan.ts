import type { Digest } from "@vimto/store";
import { OciError } from "../errors.ts";
import type { Descriptor, ImageConfig, Manifest } from "./manifest.ts";
import { IMAGE_CONFIG_TYPES, isTarLayer } from "./media-types.ts";

/** What to do with one layer. */
export type LayerPlan = {
  readonly descriptor: Descriptor;
  /** A tar archive to apply, or a file to store under a name. */
  readonly content:
    | { readonly kind: "tar"; readonly diffId?: Digest }
    | { readonly kind: "file"; readonly name: string };
};

const TITLE = "org.opencontainers.image.title";
/** "true" on a directory that oras packed (oras-go, content/file, AnnotationUnpack). */
const UNPACK = "io.deis.oras.content.unpack";

/** True for a manifest whose config tells of a platform or a root file system. */
export function hasImageConfig(manifest: Manifest): boolean {
  return IMAGE_CONFIG_TYPES.includes(manifest.config.mediaType);
}

/**
 * Decides what each layer is. In an image, whose config tells the digests of its layers, all are tar archives.
 * In an artefact, as `oras push` makes them, a layer with a title is a file of that name (oras gives plain
 * files the media type of a tar layer) unless it is marked as a packed directory, whatever its media type says.
 * A config with only a platform, which `oras push --artifact-platform` makes, does not make an image of it.
 * @throws OciError "manifest"
 */
export function planLayers(manifest: Manifest, config: ImageConfig, what: string): LayerPlan[] {
  const { diffIds } = config;
  if (diffIds !== undefined && diffIds.length !== manifest.layers.length) {
    throw new OciError(
      "manifest",
      `${what} has ${manifest.layers.length} layers and a config for ${diffIds.length}`,
    );
  }
  return manifest.layers.map((descriptor, i) => {
    const title = descriptor.annotations[TITLE];
    const isPacked = descriptor.annotations[UNPACK] === "true";
    if (diffIds === undefined && title !== undefined && !isPacked) {
      if (title === "")
        throw new OciError("manifest", `layer ${i + 1} of ${what} has an empty title`);
      return { descriptor, content: { kind: "file", name: title } };
    }
    if (!isPacked && !isTarLayer(descriptor.mediaType)) {
      const untitled = title === undefined ? ", and no title to store it under" : "";
      throw new OciError(
        "manifest",
        `layer ${i + 1} of ${what} has the media type "${descriptor.mediaType}", which is no tar archive${untitled}`,
      );
    }
    const diffId = diffIds?.[i];
    return { descriptor, content: { kind: "tar", ...(diffId === undefined ? {} : { diffId }) } };
  });
}
