import type { ReplaceTag } from "../settings/kernel-tag.ts";
import { looksLikePath } from "./sources/local.ts";

/** What `--kernel :TAG` does to the configured kernel. Loaded when it is needed: most runs do not. */
export async function tagReplacer(): Promise<ReplaceTag> {
  const { OciError, replaceTag } = await import("@vimto/oci");
  return (image, tag) => {
    if (looksLikePath(image) || /^host(?::|$)/.test(image)) return undefined;
    try {
      return replaceTag(image, `:${tag}`);
    } catch (error) {
      if (error instanceof OciError) return undefined;
      throw error;
    }
  };
}
