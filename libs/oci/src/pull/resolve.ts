import { type Digest, verified } from "@vimto/store";
import { OciError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { Platform } from "../names/platform.ts";
import { checkPlatform, choosePlatform } from "../remote/choose.ts";
import type { ImageSource } from "../remote/image-source.ts";
import { type ImageConfig, type Manifest, parseConfig, parseManifest } from "../remote/manifest.ts";
import { hasImageConfig, type LayerPlan, planLayers } from "../remote/plan.ts";
import type { ReceivedManifest } from "../remote/registry.ts";

/** An index may name an index (image specification 1.1); no image needs more of them than this. */
const MOST_INDEXES = 4;

/** An image as it is to be unpacked on one platform. */
export type ResolvedImage = {
  /** What the name stands for: the same as `digest`, or the index that names it. */
  readonly top: Digest;
  readonly digest: Digest;
  readonly layers: readonly LayerPlan[];
};

/**
 * Goes from what a name stands for to the layers for a platform.
 * @throws OciError "platform", "manifest", "limit", "digest"
 */
export async function resolveImage(
  source: ImageSource,
  top: ReceivedManifest,
  platform: Platform,
  limits: Limits,
  signal?: AbortSignal,
): Promise<ResolvedImage> {
  const { what } = source;
  let received = top;
  let isChecked = false;
  for (let indexes = 0; ; indexes++) {
    const parsed = parseManifest(received.bytes, received.mediaType, limits, what);
    if (parsed.kind === "manifest") {
      const config = await readConfig(source, parsed, limits, signal);
      if (!isChecked) checkPlatform(config, platform, what);
      const layers = planLayers(parsed, config, what);
      return { top: top.digest, digest: received.digest, layers };
    }
    if (indexes === MOST_INDEXES) {
      throw new OciError(
        "manifest",
        `${what} has more than ${MOST_INDEXES} indexes inside each other`,
      );
    }
    const entry = choosePlatform(parsed, platform, what);
    isChecked = entry.platform !== undefined;
    if (entry.size > limits.manifestBytes) {
      throw new OciError(
        "limit",
        `the manifest of ${what} is longer than ${limits.manifestBytes} bytes`,
      );
    }
    received = { ...(await source.manifest(entry, signal)), mediaType: entry.mediaType };
    if (received.bytes.length !== entry.size) {
      throw new OciError(
        "digest",
        `the manifest of ${what} has ${received.bytes.length} bytes instead of the ${entry.size} that its index gives it`,
      );
    }
  }
}

async function readConfig(
  source: ImageSource,
  manifest: Manifest,
  limits: Limits,
  signal: AbortSignal | undefined,
): Promise<ImageConfig> {
  const { config } = manifest;
  if (!hasImageConfig(manifest)) return {};
  const what = `the config of ${source.what}`;
  if (config.size > limits.configBytes) {
    throw new OciError("limit", `${what} is longer than ${limits.configBytes} bytes`);
  }
  const parts: Uint8Array[] = [];
  for await (const part of verified(source.open(config, signal), config, what)) parts.push(part);
  return parseConfig(Buffer.concat(parts), source.what);
}
