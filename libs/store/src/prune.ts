import { statSync } from "node:fs";
import { parseDigest } from "./digest.ts";
import type { StorePaths } from "./paths.ts";
import type { StoredImage } from "./records.ts";

export type PruneLimits = {
  /** Images that were not used since then go. */
  readonly unusedSince?: Date;
  /** The longest unused images go until the others, packed and unpacked, are no larger than this. */
  readonly maxBytes?: number;
};

/** The images that have to go. Those in use stay whatever their size. */
export function chooseByAgeAndSize(
  paths: StorePaths,
  images: readonly StoredImage[],
  limits: PruneLimits,
): StoredImage[] {
  const { unusedSince, maxBytes = Number.POSITIVE_INFINITY } = limits;
  const tooOld = (image: StoredImage) => unusedSince !== undefined && image.lastUsed < unusedSince;
  const goes = images.filter((image) => !image.inUse && tooOld(image));
  const stays = images.filter((image) => !goes.includes(image));
  const removable = stays
    .filter((image) => !image.inUse)
    .sort((a, b) => a.lastUsed.getTime() - b.lastUsed.getTime());
  for (const image of removable) {
    if (sizeOf(paths, stays) <= maxBytes) break;
    stays.splice(stays.indexOf(image), 1);
    goes.push(image);
  }
  return goes;
}

/** Bytes on disk, what images share counted once. */
function sizeOf(paths: StorePaths, images: readonly StoredImage[]): number {
  const blobs = new Set(images.flatMap((image) => image.blobs));
  const trees = new Map(images.map((image) => [image.digest, image.unpackedBytes]));
  let bytes = 0;
  for (const blob of blobs) {
    bytes += statSync(paths.blob(parseDigest(blob, "blob")), { throwIfNoEntry: false })?.size ?? 0;
  }
  for (const size of trees.values()) bytes += size;
  return bytes;
}
