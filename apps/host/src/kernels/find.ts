import { resolve } from "@vimto/linux";
import type { KernelChoice } from "../settings/settings.ts";
import { textPathOf } from "../system/text-path.ts";
import { releaseOf } from "./kernel-facts.ts";
import type { KernelSource, SourceContext } from "./source.ts";
import { archiveSource } from "./sources/archive.ts";
import { hostsOwnSource, installedSource } from "./sources/installed.ts";
import { localSource } from "./sources/local.ts";
import { ociSource } from "./sources/oci.ts";

/** What a kernel's name means; without a name, the host's own kernel. */
export function findSource(
  choice: KernelChoice | undefined,
  around: Omit<SourceContext, "releaseOf">,
): KernelSource {
  const context: SourceContext = { ...around, releaseOf: (path) => releaseOf(around.cache, path) };
  if (choice === undefined) return hostsOwnSource(context);
  const { text, directory } = choice;
  return (
    installedSource(text, context) ??
    archiveSource(text, context) ??
    localSource(text, textPathOf(resolve(directory, text)), context) ??
    ociSource(text, directory, context)
  );
}
