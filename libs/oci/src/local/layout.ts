import { statSync } from "node:fs";
import { join } from "node:path";
import { digestOf, verified } from "@vimto/store";
import { z } from "zod";
import { OciError } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { ImageSource } from "../remote/image-source.ts";
import { type Descriptor, type IndexEntry, parseManifest } from "../remote/manifest.ts";
import { readStretch, readWhole, type Stretch } from "./read-file.ts";

const LayoutFile = z.object({ imageLayoutVersion: z.string() });

const MOST_LAYOUT_BYTES = 4096;
const REF_NAME = "org.opencontainers.image.ref.name";

/** The files of an OCI layout (image specification, image-layout.md), wherever they are kept. */
export type LayoutFiles = {
  /** For messages: `OCI layout "/srv/kernel"`. */
  readonly what: string;
  /** Undefined if there is no file of that name. */
  file(name: string): Stretch | undefined;
};

/** The files of a layout in a directory. */
export function layoutDirectory(path: string): LayoutFiles {
  return {
    what: `OCI layout "${path}"`,
    file: (name) => {
      const file = join(path, name);
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat === undefined ? undefined : { path: file, offset: 0, size: stat.size };
    },
  };
}

/**
 * An image in a layout. Without a tag the layout must hold one image.
 * @throws OciError "not-found", with the tags that there are
 */
export function layoutSource(
  files: LayoutFiles,
  name: string,
  tag: string | undefined,
  limits: Limits,
): ImageSource {
  const open = (blob: Descriptor): AsyncIterable<Uint8Array> => {
    return readStretch(need(files, `blobs/${blob.digest.algorithm}/${blob.digest.hex}`));
  };
  const manifest = async (entry: Descriptor) => {
    const what = `the manifest of image "${name}"`;
    if (entry.size > limits.manifestBytes) {
      throw new OciError("limit", `${what} is longer than ${limits.manifestBytes} bytes`);
    }
    const parts: Uint8Array[] = [];
    for await (const part of verified(open(entry), entry, what)) parts.push(part);
    return { bytes: Buffer.concat(parts), mediaType: entry.mediaType, digest: entry.digest };
  };
  return {
    what: `image "${name}"`,
    local: true,
    top: async () => {
      await checkLayout(files);
      const bytes = await readWhole(need(files, "index.json"), limits.manifestBytes);
      const index = parseManifest(bytes, undefined, limits, files.what);
      if (index.kind !== "index") {
        throw new OciError("manifest", `${files.what} has no index in its "index.json"`);
      }
      const entries = byTag(index.entries, tag);
      const [first] = entries;
      if (first !== undefined && entries.length === 1) return manifest(first);
      // Several entries without a tag to tell them apart: one image for several platforms.
      if (tag === undefined && entries.length > 1 && entries.every((entry) => entry.platform)) {
        return { bytes, mediaType: undefined, digest: digestOf(bytes) };
      }
      throw ambiguous(files, index.entries, tag);
    },
    manifest,
    open,
  };
}

function byTag(entries: readonly IndexEntry[], tag: string | undefined): readonly IndexEntry[] {
  if (tag === undefined) return entries;
  return entries.filter(({ annotations }) => annotations[REF_NAME] === tag);
}

function ambiguous(
  files: LayoutFiles,
  entries: readonly IndexEntry[],
  tag: string | undefined,
): OciError {
  const tags = entries.flatMap(({ annotations }) => annotations[REF_NAME] ?? []);
  const there = tags.length === 0 ? "none has a tag" : `there is ${tags.join(", ")}`;
  const problem =
    tag === undefined
      ? `has ${entries.length} images: name one by its tag`
      : `has no image with the tag "${tag}"`;
  return new OciError("not-found", `${files.what} ${problem} (${there})`);
}

async function checkLayout(files: LayoutFiles): Promise<void> {
  const bytes = await readWhole(need(files, "oci-layout"), MOST_LAYOUT_BYTES);
  const parsed = LayoutFile.safeParse(tryJson(new TextDecoder().decode(bytes)));
  if (!parsed.success || !parsed.data.imageLayoutVersion.startsWith("1.")) {
    throw new OciError("manifest", `${files.what} is not of layout version 1`);
  }
}

function need(files: LayoutFiles, name: string): Stretch {
  const file = files.file(name);
  if (file !== undefined) return file;
  throw new OciError("not-found", `${files.what} has no "${name}"`);
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
