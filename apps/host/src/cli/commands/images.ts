import { Cache, cacheDirectory } from "../../cache/cache.ts";
import { imageDirectory } from "../../cache/images.ts";
import { imagesText } from "../../report/images-text.ts";
import { print } from "../../report/print.ts";
import type { Context } from "./context.ts";

/** Prints which kernel images the cache holds. */
export async function images({ environment }: Context): Promise<number> {
  const { Store } = await import("@vimto/oci");
  const directory = imageDirectory(new Cache(cacheDirectory(environment)));
  const stored = new Store(directory).images().map((image) => ({
    ...image,
    bytes: image.packedBytes + image.unpackedBytes,
    lastUse: image.lastUsed.getTime(),
  }));
  print(imagesText(directory, stored, Date.now()));
  return 0;
}
