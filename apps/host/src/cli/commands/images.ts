import { imageDirectory } from "../../kernels/sources/oci.ts";
import { imagesText } from "../../report/images-text.ts";
import { print } from "../../report/print.ts";
import type { Context } from "./context.ts";

/** Prints which kernel images the cache holds. */
export async function images({ cache }: Context): Promise<number> {
  const { Store } = await import("@vimto/oci");
  const directory = imageDirectory(cache);
  const stored = new Store(directory).images().map((image) => ({
    ...image,
    bytes: image.packedBytes + image.unpackedBytes,
    lastUse: image.lastUsed.getTime(),
  }));
  print(imagesText(directory, stored, Date.now()));
  return 0;
}
