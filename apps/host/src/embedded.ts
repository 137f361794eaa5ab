/**
 * Guest init, carried inside the compiled `vimto`. The build embeds one file named
 * `vimto-init-SHA256.zst`: its name tells what the unpacked file hashes to, so that a run whose
 * cache is warm need not read it.
 */

const NAME = /^vimto-init-([0-9a-f]{64})\.zst$/;

export interface EmbeddedInit {
  /** SHA-256 of the unpacked executable, in lower-case hex. */
  readonly sha256: string;
  /** The executable, unpacked: some 100 MB, in about 0.3 s. */
  unpack(): Promise<Uint8Array>;
}

/** The embedded guest init; undefined when this is not a compiled `vimto`. */
export function embeddedInit(): EmbeddedInit | undefined {
  for (const file of Bun.embeddedFiles) {
    const sha256 = "name" in file && typeof file.name === "string" && NAME.exec(file.name)?.[1];
    if (sha256) {
      return { sha256, unpack: async () => Bun.zstdDecompress(await file.bytes()) };
    }
  }
  return undefined;
}
