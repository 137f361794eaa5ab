import type { TaggedShare } from "../capabilities/share-transport.ts";
import type { SharedDirectory } from "../host/facts.ts";

/** What the guest mounts the read-only layers of its root by. */
export const TAGS = { root: "root", image: "image", modules: "modules", index: "index" } as const;
export const shareTag = (index: number): string => `share${index}`;

/** The host directories of the root's layers; undefined for a layer that a run does not have. */
export type Layers = {
  readonly image: string | undefined;
  readonly modules: string | undefined;
  readonly index: string | undefined;
};

/** The layers of the root as shares, in the order of their devices. */
export const layerShares = ({ image, modules, index }: Layers): TaggedShare[] =>
  Object.entries({ root: "/", image, modules, index }).flatMap(([tag, path]) =>
    path === undefined ? [] : [{ tag, path, readonly: true, keep: true }],
  );

/**
 * The shares of a run, followed by empty ones up to `slots`: a template has devices for more shares than
 * its clones may need, and a clone has all of the template's.
 *
 * @param empty a directory with nothing in it
 */
export function runShares(
  shares: readonly SharedDirectory[],
  slots: number,
  empty: string,
): TaggedShare[] {
  const unused = Array.from({ length: Math.max(0, slots - shares.length) }, () => ({
    path: empty,
    readonly: true,
  }));
  return [...shares, ...unused].map((share, index) => ({
    ...share,
    tag: shareTag(index),
    keep: false,
  }));
}

/**
 * How many share devices a template has: the usual run needs two (the git root and the program's own
 * directory), and a device that nobody mounts costs a boot some milliseconds.
 */
export const slotCount = (shares: number): number =>
  Math.max(4, 2 ** Math.ceil(Math.log2(Math.max(1, shares))));
