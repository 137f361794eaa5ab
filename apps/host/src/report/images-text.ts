import { sizeText, table, whenText } from "./table-text.ts";

/** A kernel image of the cache, as `vimto images` shows it. */
export type ShownImage = {
  /** The name in full. */
  readonly name: string;
  readonly digest: string;
  readonly platform: string;
  /** Packed and unpacked. */
  readonly bytes: number;
  /** Milliseconds of Date. */
  readonly lastUse: number;
  readonly inUse: boolean;
};

const HEAD = ["IMAGE", "DIGEST", "PLATFORM", "SIZE", "LAST USE"];
/** "sha256:" and the 12 digits that tell images apart. */
const SHORT_DIGEST = 19;

/** A line an image; `directory` is where they are kept. */
export function imagesText(directory: string, images: readonly ShownImage[], now: number): string {
  if (images.length === 0) return `no images in ${directory}\n`;
  const rows = images.map((image) => [
    image.name,
    image.digest.slice(0, SHORT_DIGEST),
    image.platform,
    sizeText(image.bytes),
    whenText(image, now),
  ]);
  return table([HEAD, ...rows], [3]);
}
