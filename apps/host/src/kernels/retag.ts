import type { Settings } from "../settings/settings.ts";
import { quoted, UserError } from "../settings/user-error.ts";
import { looksLikePath } from "./sources/local.ts";

/**
 * Settings whose kernel has the tag that was asked for by `:TAG`. Throws UserError bad-value when the kernel
 * is no image.
 */
export async function withTag(settings: Settings): Promise<Settings> {
  const { kernel, written } = settings;
  if (kernel?.tag === undefined) return settings;
  const { text, directory, tag } = kernel;
  const image = await retagged(text, tag.text);
  if (image === undefined)
    throw new UserError(
      "bad-value",
      `${tag.name} ${quoted(`:${tag.text}`)} needs a configured image, but the kernel is ${quoted(text)}; name the whole image instead`,
    );
  const entries = written.get("kernel")?.map((entry) => ({ ...entry, text: image })) ?? [];
  return {
    ...settings,
    kernel: { text: image, directory },
    written: new Map([...written, ["kernel", entries]]),
  };
}

/** The name of an image with another tag; undefined for what is no image. */
export async function retagged(image: string, tag: string): Promise<string | undefined> {
  if (looksLikePath(image) || /^host(?::|$)/.test(image)) return undefined;
  const { OciError, replaceTag } = await import("@vimto/oci");
  try {
    return replaceTag(image, `:${tag}`);
  } catch (error) {
    if (error instanceof OciError) return undefined;
    throw error;
  }
}
