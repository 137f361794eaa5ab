import { imageDirectory } from "../../kernels/sources/oci.ts";
import { imagesText } from "../../report/images-text.ts";
import { print } from "../../report/print.ts";
import { type CliCommand, takeWord } from "../command.ts";
import type { Context } from "../context.ts";

/** Prints which kernel images the cache holds. */
async function listImages({ cache }: Context): Promise<number> {
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

export const images: CliCommand = {
  name: "images",
  usage: "",
  help: "list the kernel images in the cache",
  details: "Lists the kernel images in the cache: digest, platform, size and last use.",
  run: async ({ words, context }) => {
    takeWord("images", words, 0);
    return listImages(await context());
  },
};
