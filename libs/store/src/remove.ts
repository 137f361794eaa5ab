import { readdirSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { parseDigest } from "./digest.ts";
import { lock, tryLock, type WaitOptions } from "./lock.ts";
import type { StorePaths } from "./paths.ts";
import { describeImages, type StoredImage } from "./records.ts";
import { openStaging, type Staging, sweepStaging } from "./staging.ts";
import { removeUnusedTree, treeBytes } from "./trees.ts";

/** What a removal did. Images in use are never removed. */
export type Removed = {
  readonly images: readonly string[];
  /** Chosen names that stay, because a process uses their files. */
  readonly inUse: readonly string[];
  /** Bytes of packed and unpacked files that are gone. */
  readonly bytes: number;
};

/**
 * Removes the images that `choose` picks, and files that belong to no image. Nobody pulls meanwhile; files that
 * a process uses stay as they are.
 */
export async function removeImages(
  paths: StorePaths,
  choose: (images: readonly StoredImage[]) => readonly StoredImage[],
  options: WaitOptions & { readonly indexes?: boolean },
): Promise<Removed> {
  paths.create();
  const held = await lock(paths.storeLock(), "exclusive", options);
  try {
    sweepStaging(paths);
    const images = describeImages(paths);
    const chosen = choose(images);
    const goes = chosen.filter((image) => !image.inUse);
    const stays = images.filter((image) => !goes.includes(image));
    for (const image of goes) rmSync(paths.record(image.name, image.platform), { force: true });
    const staging = openStaging(paths);
    try {
      const bytes = removeTrees(paths, stays, staging) + removeBlobs(paths, stays);
      removeLocks(paths);
      if (options.indexes) removeIndexes(paths);
      return {
        images: goes.map((image) => image.name),
        inUse: chosen.filter((image) => image.inUse).map((image) => image.name),
        bytes,
      };
    } finally {
      staging.remove();
    }
  } finally {
    held.release();
  }
}

/** Other files do not belong to the store. */
const TREE_NAME = /^(?:sha256-[0-9a-f]{64}|sha512-[0-9a-f]{128})$/;

function removeTrees(paths: StorePaths, stays: readonly StoredImage[], staging: Staging): number {
  const kept = new Set(stays.map((image) => basename(paths.tree(digest(image.digest)))));
  let bytes = 0;
  for (const name of readdirSync(join(paths.directory, "trees"))) {
    const tree = name.replace(/\.lock$/, "");
    if (kept.has(tree) || !TREE_NAME.test(tree)) continue;
    const { size, gone } = removeTreeNamed(paths, tree, staging);
    if (gone) bytes += size;
  }
  return bytes;
}

function removeTreeNamed(paths: StorePaths, name: string, staging: Staging) {
  const named = digest(name.replace("-", ":"));
  const size = treeBytes(paths, named);
  return { size, gone: removeUnusedTree(paths, named, staging) };
}

function removeBlobs(paths: StorePaths, stays: readonly StoredImage[]): number {
  const kept = new Set(
    stays.flatMap((image) => image.blobs.map((blob) => basename(paths.blob(digest(blob))))),
  );
  const directory = join(paths.directory, "blobs");
  let bytes = 0;
  for (const name of readdirSync(directory)) {
    if (kept.has(name)) continue;
    bytes += statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0;
    rmSync(join(directory, name), { force: true });
  }
  return bytes;
}

function removeIndexes(paths: StorePaths): void {
  const directory = join(paths.directory, "indexes");
  for (const name of readdirSync(directory)) rmSync(join(directory, name), { force: true });
}

/** Lock files that nobody holds; the store's own is held here. */
function removeLocks(paths: StorePaths): void {
  const directory = join(paths.directory, "locks");
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (path !== paths.storeLock()) tryLock(path, "exclusive")?.remove();
  }
}

function digest(text: string) {
  return parseDigest(text, "an image in the cache");
}
