import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Digest } from "./digest.ts";
import { type Lock, lock, tryLock, type WaitOptions } from "./lock.ts";
import type { StorePaths } from "./paths.ts";
import type { Staging } from "./staging.ts";

const TreeFile = z.object({ unpackedBytes: z.number() });

/** An unpacked image that stays as long as `lock` is held. */
export type UsedTree = {
  readonly directory: string;
  readonly unpackedBytes: number;
  readonly lock: Lock;
};

/** Fills an empty directory with an image and gives the bytes of its files. */
export type BuildTree = (directory: string) => Promise<number>;

/** The tree of a manifest if it is there. @throws StoreError "store", "aborted" */
export async function findTree(
  paths: StorePaths,
  digest: Digest,
  wait: WaitOptions,
): Promise<UsedTree | undefined> {
  if (!existsSync(paths.tree(digest))) return undefined;
  return useTree(paths, digest, await lock(paths.treeLock(digest), "shared", wait));
}

/** Bytes of a tree's files; 0 if the tree does not exist. */
export function treeBytes(paths: StorePaths, digest: Digest): number {
  return readTree(paths, digest)?.unpackedBytes ?? 0;
}

/**
 * The tree of a manifest; `build` makes it if need be, in one process even when several ask. It appears
 * complete under its name, by rename.
 * @throws StoreError, and whatever `build` throws
 */
export async function obtainTree(
  paths: StorePaths,
  digest: Digest,
  staging: Staging,
  build: BuildTree,
  wait: WaitOptions,
): Promise<UsedTree> {
  for (;;) {
    const used = useTree(paths, digest, await lock(paths.treeLock(digest), "shared", wait));
    if (used) return used;
    const held = await lock(paths.treeLock(digest), "exclusive", wait);
    try {
      if (readTree(paths, digest) === undefined) await publish(paths, digest, staging, build);
      held.release();
    } catch (error) {
      held.remove();
      throw error;
    }
  }
}

/** Removes a tree unless a process uses it. @returns false if a process does */
export function removeUnusedTree(paths: StorePaths, digest: Digest, staging: Staging): boolean {
  const held = tryLock(paths.treeLock(digest), "exclusive");
  if (held === undefined) return false;
  if (existsSync(paths.tree(digest))) renameSync(paths.tree(digest), staging.path());
  held.remove();
  return true;
}

async function publish(
  paths: StorePaths,
  digest: Digest,
  staging: Staging,
  build: BuildTree,
): Promise<void> {
  const directory = staging.newDirectory();
  const contents = join(directory, "contents");
  mkdirSync(contents);
  const unpackedBytes = await build(contents);
  writeFileSync(join(directory, "tree.json"), JSON.stringify({ unpackedBytes }));
  // What has the name now is not a whole tree.
  if (existsSync(paths.tree(digest))) renameSync(paths.tree(digest), staging.path());
  renameSync(directory, paths.tree(digest));
}

function useTree(paths: StorePaths, digest: Digest, held: Lock): UsedTree | undefined {
  const tree = readTree(paths, digest);
  if (tree === undefined) {
    held.release();
    return undefined;
  }
  held.touch();
  return { ...tree, lock: held };
}

function readTree(paths: StorePaths, digest: Digest): Omit<UsedTree, "lock"> | undefined {
  const directory = paths.tree(digest);
  try {
    const file = JSON.parse(readFileSync(join(directory, "tree.json"), "utf8"));
    const { unpackedBytes } = TreeFile.parse(file);
    return { directory: join(directory, "contents"), unpackedBytes };
  } catch {
    return undefined;
  }
}
