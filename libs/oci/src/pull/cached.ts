import {
  findTree,
  type ImageRecord,
  readRecord,
  type StorePaths,
  type UsedTree,
} from "@vimto/store";
import { parseDigest } from "../names/digest.ts";
import { formatPlatform, type Platform } from "../names/platform.ts";

/** An image of the store, held. */
export type CachedImage = { readonly record: ImageRecord; readonly tree: UsedTree };

/** What the store has under a name for a platform, if its files are there. */
export async function findCached(wanted: {
  readonly paths: StorePaths;
  readonly name: string;
  readonly platform: Platform;
  readonly signal?: AbortSignal | undefined;
}): Promise<CachedImage | undefined> {
  const { paths, name, platform, signal } = wanted;
  const record = readRecord(paths, name, formatPlatform(platform));
  if (record === undefined) return undefined;
  const tree = await findTree(paths, parseDigest(record.digest, name), { signal });
  return tree === undefined ? undefined : { record, tree };
}
