import type { Entry } from "./origin.ts";
import { valueName } from "./origin.ts";
import { quoted, UserError } from "./user-error.ts";

/** Puts another tag on the name of an image; undefined when it is none. */
export type ReplaceTag = (image: string, tag: string) => string | undefined;

/**
 * The kernel that several places name together: a later one replaces an earlier one, and `:TAG`
 * keeps the image and replaces its tag. The origin is that of the last one.
 *
 * @param entries from the weakest place to the strongest
 * @throws UserError bad-value for a tag without an image, or one that no image can have
 */
export function kernelOf(entries: readonly Entry[], replaceTag: ReplaceTag): Entry | undefined {
  return entries.reduce<Entry | undefined>((image, entry) => {
    if (!entry.text.startsWith(":")) return entry;
    const bad = (why: string) =>
      new UserError("bad-value", `${valueName(entry.origin)} ${quoted(entry.text)} ${why}`);
    const tag = entry.text.slice(1);
    // The grammar of a tag: distribution-spec, "Pulling manifests".
    if (!/^\w[\w.-]{0,127}$/.test(tag)) throw bad("is no tag; write for example :stable");
    if (image === undefined) {
      throw bad("needs a configured image to put the tag on; name the whole image instead");
    }
    const text = replaceTag(image.text, tag);
    if (text !== undefined) return { text, origin: entry.origin };
    throw bad(
      `needs a configured image, but the kernel is ${quoted(image.text)}; name the whole image instead`,
    );
  }, undefined);
}
