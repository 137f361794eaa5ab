import { resolve } from "node:path";
import { findKernel } from "@vimto/kernel";
import type { OciError, PulledImage, PullPolicy } from "@vimto/oci";
import type { Cache } from "../../cache/cache.ts";
import { Failure } from "../../failure.ts";
import type { FetchOptions, KernelSource, SourceContext } from "../source.ts";

/** Where the store of kernel images is. */
export const imageDirectory = (cache: Cache): string => cache.path("images");

/** An image of a registry, a layout or an archive. Relative paths in its name start at `directory`. */
export const ociSource = (
  text: string,
  directory: string,
  context: SourceContext,
): KernelSource => ({
  text,
  locate: async (options) => {
    const { resolveInImage } = await import("@vimto/oci");
    const wanted = { image: text, directory, policy: context.pull };
    const pulled = await pullImage(context, wanted, options).catch((error) => {
      throw bothReadings(text, directory, error);
    });
    const image = {
      what: `image ${JSON.stringify(pulled.name)}`,
      directory: pulled.directory,
      resolve: (path: string) => resolveInImage(pulled.directory, path),
    };
    const files = findKernel(image.directory, {
      releaseOf: context.releaseOf,
      resolve: image.resolve,
      name: image.what,
    });
    return { text, files, overlay: image.directory, image };
  },
});

export type WantedImage = {
  readonly image: string;
  /** Where a relative path in the name starts. */
  readonly directory: string;
  readonly policy: PullPolicy;
};

/**
 * Brings an image into the cache, and keeps it there until this process ends or releases it. Errors:
 * OciError.
 */
export async function pullImage(
  { cache, environment, arch }: Pick<SourceContext, "cache" | "environment" | "arch">,
  wanted: WantedImage,
  { signal, emit }: FetchOptions,
): Promise<PulledImage> {
  const { parsePlatform, pull, Store } = await import("@vimto/oci");
  return await pull(wanted.image, {
    store: new Store(imageDirectory(cache)),
    policy: wanted.policy,
    platform: parsePlatform(arch),
    env: environment,
    directory: wanted.directory,
    signal,
    onEvent: emit,
  });
}

/**
 * A name without a registry may have been meant as a path: then the sentence says that there is no such
 * file. Other errors stay what they are.
 */
function bothReadings(text: string, directory: string, error: unknown): unknown {
  if (!isOciError(error) || error.code === "aborted" || error.code === "store") return error;
  const first = text.split("/", 1)[0] ?? "";
  const hasRegistry = text.includes("/") && /[.:]|^localhost$/.test(first);
  if (hasRegistry || /^oci(?:-archive)?:/.test(text)) return error;
  const path = JSON.stringify(resolve(directory, text));
  return new Failure(
    "kernel",
    `kernel ${JSON.stringify(text)} was taken for an image, as there is no file or directory ${path}: ` +
      error.message,
    { cause: error },
  );
}

const isOciError = (error: unknown): error is OciError =>
  error instanceof Error && error.name === "OciError";
