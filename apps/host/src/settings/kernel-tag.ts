import type { Entry } from "./origin.ts";
import { valueName } from "./origin.ts";
import { quoted, UserError } from "./user-error.ts";

/** A tag for the name of an image, in place of its own. */
export interface KernelTag {
  /** Without the colon. */
  readonly text: string;
  /** What a sentence calls it, such as "--kernel". */
  readonly name: string;
}

/** What several places say of the kernel together. */
export interface KernelEntry {
  /** Its text names the kernel, and its origin is the last place that says something of it. */
  readonly entry: Entry;
  readonly tag: KernelTag | undefined;
}

/**
 * The kernel that several places name together: a later one replaces an earlier one, and `:TAG` keeps the
 * image and replaces its tag.
 *
 * @param entries from the weakest place to the strongest
 * @throws UserError bad-value for a tag without an image, or one that no image can have
 */
export function kernelOf(entries: readonly Entry[]): KernelEntry | undefined {
  return entries.reduce<KernelEntry | undefined>((before, entry) => {
    if (!entry.text.startsWith(":")) return { entry, tag: undefined };
    const name = valueName(entry.origin);
    const bad = (why: string) => new UserError("bad-value", `${name} ${quoted(entry.text)} ${why}`);
    const text = entry.text.slice(1);
    // The grammar of a tag: distribution-spec, "Pulling manifests".
    if (!/^\w[\w.-]{0,127}$/.test(text)) throw bad("is no tag; write for example :stable");
    if (before === undefined)
      throw bad("needs a configured image to put the tag on; name the whole image instead");
    return { entry: { text: before.entry.text, origin: entry.origin }, tag: { text, name } };
  }, undefined);
}
