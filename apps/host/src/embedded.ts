import { writeSync } from "node:fs";

/**
 * Guest init, carried inside the compiled `vimto`. The build embeds one file named
 * `vimto-init-SHA256.zst`: its name tells what the unpacked file hashes to, so that a run whose
 * cache is warm need not read it.
 */

const NAME = /^vimto-init-([0-9a-f]{64})\.zst$/;

export interface EmbeddedInit {
  /** SHA-256 of the unpacked executable, in lower-case hex. */
  readonly sha256: string;
  /** Writes the executable, unpacked, to a file: some 100 MB in 0.3 s, of which little is in memory. */
  unpackTo(fd: number): Promise<void>;
}

/** The embedded guest init; undefined when this is not a compiled `vimto`. */
export function embeddedInit(): EmbeddedInit | undefined {
  for (const file of Bun.embeddedFiles) {
    const sha256 = "name" in file && typeof file.name === "string" && NAME.exec(file.name)?.[1];
    if (sha256) {
      return { sha256, unpackTo: (fd) => unpack(file, fd) };
    }
  }
  return undefined;
}

const LENGTH = 4;

/**
 * The embedded file is pieces of some MB, each a u32 length and so many bytes of a zstd frame, so that
 * little is in memory at once. Node's streams are not used for it: with them Bun makes the user's
 * stdout and stderr non-blocking (F_SETFL), for every program that shares them.
 */
async function unpack(file: Blob, fd: number): Promise<void> {
  for (let at = 0; at < file.size; ) {
    const header = new DataView(await file.slice(at, at + LENGTH).arrayBuffer());
    const end = at + LENGTH + header.getUint32(0, true);
    const bytes = Bun.zstdDecompressSync(await file.slice(at + LENGTH, end).bytes());
    for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
    at = end;
    // The collector does not see how large these buffers are.
    Bun.gc(true);
  }
}
