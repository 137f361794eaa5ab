import { existsSync } from "node:fs";
import type { Store } from "@vimto/oci";
import type { Cache } from "../cache/cache.ts";
import { imageDirectory } from "../kernels/sources/oci.ts";
import type { CacheEntry } from "./contents.ts";

/** The kernel images in the cache. `signal` ends the wait for images that are being fetched. */
export async function imageEntries(cache: Cache, signal?: AbortSignal): Promise<CacheEntry[]> {
  const store = await openStore(cache);
  if (store === undefined) return [];
  return store.images().map((image) => ({
    kind: "image",
    name: image.name,
    bytes: image.packedBytes + image.unpackedBytes,
    lastUse: image.lastUsed.getTime(),
    inUse: image.inUse,
    outdated: false,
    remove: async () => (await store.remove(image.name, { signal })).images.length > 0,
  }));
}

/** Removes what belongs to no image. */
export async function sweepImages(cache: Cache, signal?: AbortSignal): Promise<void> {
  await (await openStore(cache))?.prune({}, { signal });
}

/** Loaded on demand: most runs need no image. */
async function openStore(cache: Cache): Promise<Store | undefined> {
  const directory = imageDirectory(cache);
  if (!existsSync(directory)) return undefined;
  const { Store } = await import("@vimto/oci");
  return new Store(directory);
}
