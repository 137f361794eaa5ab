import type { ArchiveOptions, FetchPolicy, KernelName } from "@vimto/apt";
import { findKernel } from "@vimto/kernel";
import type { FetchOptions, KernelSource, SourceContext } from "../source.ts";
import { imageDirectory } from "./oci.ts";

/** A kernel of Debian's or Ubuntu's archive, such as debian:12; undefined for other names. */
export function archiveSource(text: string, context: SourceContext): KernelSource | undefined {
  if (!/^(?:debian|ubuntu):/.test(text)) return undefined;
  return {
    text,
    locate: async (options) => {
      const { parseKernelName } = await import("@vimto/apt");
      const name = parseKernelName(text);
      if (name === undefined) throw new Error(`${text} is no name of a kernel`);
      const { directory } = await fetchFromArchive(context, name, context.pull, options);
      const files = findKernel(directory, { releaseOf: context.releaseOf });
      return { text, files, overlay: directory };
    },
  };
}

type Archives = Pick<
  SourceContext,
  "cache" | "environment" | "arch" | "mirrors" | "requireSignature"
>;

/** Brings a kernel into the cache, and keeps it there until this process ends. Errors: AptError. */
export async function fetchFromArchive(
  archives: Archives,
  name: KernelName,
  policy: FetchPolicy,
  options: FetchOptions,
) {
  const { fetchKernel } = await import("@vimto/apt");
  return await fetchKernel(name, { ...(await archiveOptions(archives, options)), policy });
}

/** What libs/apt asks for, from what vimto knows. */
export async function archiveOptions(
  { cache, environment, arch, mirrors, requireSignature }: Archives,
  { signal, emit }: FetchOptions,
): Promise<ArchiveOptions> {
  const { Store } = await import("@vimto/store");
  return {
    store: new Store(imageDirectory(cache)),
    architecture: arch,
    mirrors,
    env: environment,
    requireSignature,
    signal,
    onEvent: emit,
  };
}
