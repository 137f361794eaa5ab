import { writeSync } from "node:fs";
import { Readable } from "node:stream";
import { createZstdDecompress } from "node:zlib";

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

const PIECE = 1 << 20;
/** Bytes of garbage after which it is collected: the collector does not see how large buffers are. */
const COLLECT = 16 << 20;

async function unpack(file: Blob, fd: number): Promise<void> {
  const unpacking = Readable.from(pieces(file)).pipe(createZstdDecompress({ chunkSize: PIECE }));
  let garbage = 0;
  for await (const chunk of unpacking) {
    const bytes: Uint8Array = chunk;
    for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
    garbage += bytes.length;
    if (garbage < COLLECT) continue;
    garbage = 0;
    Bun.gc(true);
  }
}

async function* pieces(file: Blob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.size; at += PIECE) yield await file.slice(at, at + PIECE).bytes();
}
