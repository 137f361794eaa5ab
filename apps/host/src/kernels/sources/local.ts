import { statSync } from "node:fs";
import { findKernel, kernelOfFile } from "@vimto/kernel";
import type { KernelSource, SourceContext } from "../source.ts";
import { packageSource } from "./package.ts";

/** A name that could be nothing but a path, so that a typing error is not looked for in a registry. */
export const looksLikePath = (text: string): boolean => /^(?:\/|\.\.?(?:\/|$)|~)/.test(text);

/** A file or directory of this machine; undefined when `text` is no path and nothing has that name. */
export function localSource(
  text: string,
  path: string,
  context: SourceContext,
): KernelSource | undefined {
  const { releaseOf } = context;
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind?.isDirectory())
    return {
      text,
      locate: async () => {
        const files = findKernel(path, { releaseOf });
        // The directory around a lone kernel does not belong on the guest's root.
        return { text, files, overlay: files.directory === path ? path : undefined };
      },
    };
  if (kind === undefined && !looksLikePath(text)) return undefined;
  const packed = kind?.isFile() ? packageSource(text, path, context) : undefined;
  if (packed !== undefined) return packed;
  return {
    text,
    locate: async () => ({ text, files: kernelOfFile(path, { releaseOf }), overlay: undefined }),
  };
}
