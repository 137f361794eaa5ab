import { type Clock, download } from "@vimto/http";
import type { Limits } from "../limits.ts";
import { formatReference } from "../names/reference.ts";
import type { ImageSource } from "./image-source.ts";
import type { Repository } from "./registry.ts";

export type RegistrySourceOptions = {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly onRetry: (message: string) => void;
};

/** An image in a registry. */
export function registrySource(
  repository: Repository,
  options: RegistrySourceOptions,
): ImageSource {
  const { limits, clock, onRetry } = options;
  const { reference } = repository;
  return {
    what: `image "${formatReference(reference)}"`,
    local: false,
    top: (signal) =>
      repository.manifest(reference.digest ?? reference.tag ?? "latest", limits, signal),
    manifest: (entry, signal) => repository.manifest(entry.digest.text, limits, signal),
    open: (blob, signal) =>
      download(
        { what: `blob ${blob.digest.text}`, size: blob.size, saidBy: "its manifest" },
        (offset, stop) => repository.blob(blob.digest, offset, stop),
        { clock, signal, onRetry },
      ),
  };
}
