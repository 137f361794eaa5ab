import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { digestOf } from "@vimto/store";

export type Json = Record<string, unknown>;
export type Packing = "none" | "gzip" | "zstd";

const LAYER = "application/vnd.oci.image.layer.v1.tar";

/** Content-addressed bytes of an image, for a fake registry or a layout directory. */
export class ImageBuilder {
  readonly blobs = new Map<string, Uint8Array>();

  blob(bytes: Uint8Array, mediaType: string, more: Json = {}): Json {
    const digest = digestOf(bytes).text;
    this.blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length, ...more };
  }

  /** A layer from the bytes of a tar archive. */
  layer(tar: Uint8Array, packing: Packing = "gzip", more: Json = {}): Json {
    if (packing === "none") return this.blob(tar, LAYER, more);
    const packed = packing === "gzip" ? gzipSync(tar) : zstdCompressSync(tar);
    return this.blob(packed, `${LAYER}+${packing}`, more);
  }

  /** The descriptor of an image with these layers. */
  image(layers: readonly Json[], config: Json = {}, more: Json = {}): Json {
    const written = { architecture: "amd64", os: "linux", ...config };
    return this.manifest({
      config: this.json(written, "application/vnd.oci.image.config.v1+json"),
      layers,
      ...more,
    });
  }

  manifest(manifest: Json): Json {
    const mediaType = "application/vnd.oci.image.manifest.v1+json";
    return this.json({ schemaVersion: 2, mediaType, ...manifest }, mediaType);
  }

  index(manifests: readonly Json[]): Json {
    const mediaType = "application/vnd.oci.image.index.v1+json";
    return this.json({ schemaVersion: 2, mediaType, manifests }, mediaType);
  }

  json(value: unknown, mediaType: string): Json {
    return this.blob(Buffer.from(JSON.stringify(value)), mediaType);
  }

  /** Writes everything as an OCI layout. */
  writeLayout(directory: string, manifests: readonly Json[]): void {
    mkdirSync(join(directory, "blobs/sha256"), { recursive: true });
    for (const [digest, bytes] of this.blobs) {
      writeFileSync(join(directory, "blobs", digest.replace(":", "/")), bytes);
    }
    writeFileSync(join(directory, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
    writeFileSync(join(directory, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
  }
}

/** A descriptor as the index of a layout has it. */
export function tagged(descriptor: Json, tag: string): Json {
  return { ...descriptor, annotations: { "org.opencontainers.image.ref.name": tag } };
}
