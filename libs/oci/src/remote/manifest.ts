import type { Digest } from "@vimto/store";
import { z } from "zod";
import { OciError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import { parseDigest } from "../names/digest.ts";
import { INDEX_TYPES, MANIFEST_TYPES } from "./media-types.ts";

const Annotations = z.record(z.string(), z.string()).nullish();

const DescriptorAsWritten = z.object({
  mediaType: z.string(),
  digest: z.string(),
  size: z.int().nonnegative(),
  annotations: Annotations,
  artifactType: z.string().nullish(),
});

const IndexAsWritten = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().nullish(),
  manifests: z.array(
    DescriptorAsWritten.extend({
      platform: z
        .object({ os: z.string(), architecture: z.string(), variant: z.string().nullish() })
        .nullish(),
    }),
  ),
});

const ManifestAsWritten = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().nullish(),
  artifactType: z.string().nullish(),
  config: DescriptorAsWritten,
  layers: z.array(DescriptorAsWritten),
});

const ConfigAsWritten = z.object({
  architecture: z.string().optional(),
  os: z.string().optional(),
  variant: z.string().optional(),
  rootfs: z.object({ diff_ids: z.array(z.string()).nullish() }).optional(),
});

/** One thing that a manifest or index points at (image specification, descriptor.md). */
export type Descriptor = {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly annotations: Readonly<Record<string, string>>;
};

export type IndexEntry = Descriptor & {
  readonly platform?: {
    readonly os: string;
    readonly architecture: string;
    readonly variant?: string;
  };
};

export type Index = { readonly kind: "index"; readonly entries: readonly IndexEntry[] };

export type Manifest = {
  readonly kind: "manifest";
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
};

/** What a config says of its image; artefacts say nothing. */
export type ImageConfig = {
  readonly os?: string;
  readonly architecture?: string;
  readonly variant?: string;
  /** Digests of the unpacked layers. */
  readonly diffIds?: readonly Digest[];
};

/**
 * Reads the bytes of a manifest or an index.
 * @param what  names it in errors: `image "alpine"`
 * @throws OciError "manifest", "limit"
 */
export function parseManifest(
  bytes: Uint8Array,
  mediaType: string | undefined,
  limits: Limits,
  what: string,
): Index | Manifest {
  if (bytes.length > limits.manifestBytes) {
    throw new OciError(
      "limit",
      `the manifest of ${what} is longer than ${limits.manifestBytes} bytes`,
    );
  }
  const value = parseJson(bytes, `the manifest of ${what}`);
  const isObject = typeof value === "object" && value !== null;
  const hasLayers = isObject && ("layers" in value || "config" in value);
  const hasManifests = isObject && "manifests" in value;
  // One document read as two things is an attack (GHSA-77vh-xpmg-72qh, CVE-2021-41190).
  if (hasLayers && hasManifests) {
    throw new OciError("manifest", `the manifest of ${what} has both layers and manifests`);
  }
  const named =
    isObject && "mediaType" in value && typeof value.mediaType === "string"
      ? value.mediaType
      : undefined;
  const type = named ?? known(mediaType);
  if (isObject && "schemaVersion" in value && value.schemaVersion === 1) {
    throw new OciError(
      "manifest",
      `the manifest of ${what} has Docker's schema version 1: push the image again with a current tool`,
    );
  }
  if (hasManifests && (type === undefined || INDEX_TYPES.includes(type))) {
    return readIndex(check(IndexAsWritten, value, `the index of ${what}`), what);
  }
  if (hasLayers && (type === undefined || MANIFEST_TYPES.includes(type))) {
    return readManifest(check(ManifestAsWritten, value, `the manifest of ${what}`), limits, what);
  }
  throw new OciError(
    "manifest",
    `the manifest of ${what} has the media type "${type ?? mediaType ?? ""}", which is neither an image nor an index`,
  );
}

/** Reads an image config. @throws OciError "manifest" */
export function parseConfig(bytes: Uint8Array, what: string): ImageConfig {
  const config = check(
    ConfigAsWritten,
    parseJson(bytes, `the config of ${what}`),
    `the config of ${what}`,
  );
  const diffIds = config.rootfs?.diff_ids?.map((id) =>
    parseDigest(id, `the config of ${what}`, "manifest"),
  );
  return {
    ...(config.os ? { os: config.os } : {}),
    ...(config.architecture ? { architecture: config.architecture } : {}),
    ...(config.variant ? { variant: config.variant } : {}),
    ...(diffIds === undefined ? {} : { diffIds }),
  };
}

function readIndex(index: z.infer<typeof IndexAsWritten>, what: string): Index {
  const entries = index.manifests.map((entry, i): IndexEntry => {
    const { platform } = entry;
    const descriptor = readDescriptor(entry, `entry ${i + 1} of ${what}`);
    if (!platform) return descriptor;
    const { os, architecture, variant } = platform;
    return { ...descriptor, platform: { os, architecture, ...(variant ? { variant } : {}) } };
  });
  return { kind: "index", entries };
}

function readManifest(
  manifest: z.infer<typeof ManifestAsWritten>,
  limits: Limits,
  what: string,
): Manifest {
  if (manifest.layers.length > limits.layers) {
    throw new OciError(
      "limit",
      `${what} has ${manifest.layers.length} layers: ${limits.layers} is the most`,
    );
  }
  const layers = manifest.layers.map((layer, i) =>
    readDescriptor(layer, `layer ${i + 1} of ${what}`),
  );
  return {
    kind: "manifest",
    config: readDescriptor(manifest.config, `the config of ${what}`),
    layers,
  };
}

function readDescriptor(written: z.infer<typeof DescriptorAsWritten>, what: string): Descriptor {
  const { mediaType, size, annotations } = written;
  return {
    mediaType,
    size,
    digest: parseDigest(written.digest, what, "manifest"),
    annotations: annotations ?? {},
  };
}

function known(mediaType: string | undefined): string | undefined {
  const type = mediaType?.split(";")[0]?.trim();
  return type !== undefined && [...INDEX_TYPES, ...MANIFEST_TYPES].includes(type)
    ? type
    : undefined;
}

function parseJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new OciError("manifest", `${what} is not JSON`, { cause: error });
  }
}

function check<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new OciError(
    "manifest",
    `${what} has a wrong value at "${issue?.path.join(".")}": ${issue?.message}`,
  );
}
