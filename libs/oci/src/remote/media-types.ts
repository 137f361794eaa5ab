/** Media types of OCI (image specification, media-types.md) and of Docker's schema 2. */
export const INDEX_TYPES: readonly string[] = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];

export const MANIFEST_TYPES: readonly string[] = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];

/** Configs that describe a root file system. With any other one the manifest is an artefact. */
export const IMAGE_CONFIG_TYPES: readonly string[] = [
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
];

export const ACCEPT_MANIFESTS = [...INDEX_TYPES, ...MANIFEST_TYPES].join(", ");

const TAR_LAYER =
  /^application\/vnd\.(?:oci\.image\.layer\.(?:nondistributable\.)?v1\.tar|docker\.image\.rootfs\.(?:foreign\.)?diff\.tar)(?:[+.](?:gzip|zstd))?$/;

/** True for layers that are tar archives. How they are packed is told by their first bytes. */
export function isTarLayer(mediaType: string): boolean {
  return TAR_LAYER.test(mediaType);
}
