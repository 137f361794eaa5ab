import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createGunzip, createZstdDecompress } from "node:zlib";
import { errorCode } from "@vimto/linux";
import { startsWith } from "./bytes.ts";
import { CodecError } from "./error.ts";
import { pipeThroughXz } from "./host-xz.ts";
import { XZ_MAGIC } from "./xz.ts";
import { XzStream } from "./xz-stream.ts";
import { ZSTD_MAGIC } from "./zstd.ts";

export type StreamOptions = {
  /** Names the data in errors: `layer 2 of image "alpine"`. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
  /** The path of an xz program, which is twice as fast and runs beside this process; null to do without. */
  readonly xz?: string | null;
};

/** Larger pieces than node:zlib's 16 KiB: each one is a round trip to a thread. */
const PIECE = 512 * 1024;
/** Some pieces are unpacked ahead while the ones before them are written. */
const BUFFERS = { chunkSize: PIECE, highWaterMark: 4 * PIECE };
/** A zstd frame may ask for a window of 2 GiB; 128 MiB is what the zstd program accepts by default. */
const ZSTD_WINDOW_LOG = 27;

/**
 * Unpacks a stream, if it is packed at all, and hands its bytes to `consume` in order: gzip, zstd and xz. It
 * goes by the first bytes, not by a name or a media type, which some tools get wrong. A piece is valid until
 * `consume` returns.
 * @throws CodecError if the packed data are broken, the signal's reason, and what `source` and
 * `consume` throw
 */
export async function decompressStream(
  source: AsyncIterable<Uint8Array>,
  consume: (bytes: Uint8Array) => void,
  options: StreamOptions,
): Promise<void> {
  const { what, signal } = options;
  const { head, rest } = await peek(source[Symbol.asyncIterator](), 6);
  const compression = packing(head);
  if (compression === undefined) {
    for await (const bytes of rest) consume(bytes);
    return;
  }
  const outside: { error?: unknown } = {};
  const input = remembering(rest, outside);
  const output = (bytes: Uint8Array) => guarded(consume, bytes, outside);
  try {
    await unpack(compression, input, output, options);
  } catch (error) {
    if (outside.error !== undefined) throw outside.error;
    signal?.throwIfAborted();
    const reason =
      error instanceof CodecError
        ? error.message
        : (errorCode(error) ?? (error instanceof Error ? error.message : String(error)));
    throw new CodecError(`${what} cannot be decompressed (${reason})`, { cause: error });
  }
}

type Packing = "gzip" | "zstd" | "xz";

/** Other data may be a file of any content, so nothing is guessed from shorter or rarer marks. */
function packing(head: Uint8Array): Packing | undefined {
  if (startsWith(head, "\x1f\x8b")) return "gzip";
  if (startsWith(head, XZ_MAGIC)) return "xz";
  // Skippable frames may stand before the first frame of zstd data (RFC 8878, section 3.1.2).
  const isSkippable = ((head[0] ?? 0) & 0xf0) === 0x50 && startsWith(head, "\x2a\x4d\x18", 1);
  return isSkippable || startsWith(head, ZSTD_MAGIC) ? "zstd" : undefined;
}

async function unpack(
  compression: Packing,
  input: AsyncIterable<Uint8Array>,
  output: (bytes: Uint8Array) => void,
  { signal, xz = Bun.which("xz") }: StreamOptions,
): Promise<void> {
  if (compression === "xz") {
    if (xz !== null) return pipeThroughXz(xz, input, output, signal);
    const stream = new XzStream(output);
    for await (const bytes of input) {
      signal?.throwIfAborted();
      stream.push(bytes);
    }
    stream.end();
    return;
  }
  await pipeline(
    Readable.from(input, { objectMode: false, highWaterMark: PIECE }),
    transformOf(compression),
    async (unpacked: AsyncIterable<Uint8Array>) => {
      for await (const bytes of unpacked) output(bytes);
    },
    signal ? { signal } : {},
  );
}

function transformOf(compression: "gzip" | "zstd"): Transform {
  if (compression === "gzip") return createGunzip(BUFFERS);
  const params = { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG };
  return createZstdDecompress({ ...BUFFERS, params });
}

/** The first `count` bytes, and the whole of the stream again. */
async function peek(iterator: AsyncIterator<Uint8Array>, count: number) {
  const first: Uint8Array[] = [];
  let length = 0;
  while (length < count) {
    const next = await iterator.next();
    if (next.done) break;
    first.push(next.value);
    length += next.value.length;
  }
  const head = Buffer.concat(first.map((bytes) => bytes.subarray(0, count))).subarray(0, count);
  return { head, rest: chain(first, iterator) };
}

async function* chain(first: readonly Uint8Array[], iterator: AsyncIterator<Uint8Array>) {
  try {
    yield* first;
    for (let next = await iterator.next(); !next.done; next = await iterator.next())
      yield next.value;
  } finally {
    await iterator.return?.();
  }
}

/** Streams wrap and reword errors; this keeps errors from outside, to throw them unchanged. */
async function* remembering(source: AsyncIterable<Uint8Array>, outside: { error?: unknown }) {
  try {
    yield* source;
  } catch (error) {
    outside.error ??= error;
    throw error;
  }
}

function guarded(
  consume: (bytes: Uint8Array) => void,
  bytes: Uint8Array,
  outside: { error?: unknown },
): void {
  try {
    consume(bytes);
  } catch (error) {
    outside.error ??= error;
    throw error;
  }
}
