import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createGunzip, createZstdDecompress } from "node:zlib";
import { errorCode, OciError } from "../errors.ts";

/** Larger pieces than node:zlib's 16 KiB: each one is a round trip to a thread. */
const PIECE = 512 * 1024;
/** Some pieces are unpacked ahead while the ones before them are written. */
const BUFFERS = { chunkSize: PIECE, highWaterMark: 4 * PIECE };
/** A zstd frame may ask for a window of 2 GiB; 128 MiB is what the zstd program accepts by default. */
const ZSTD_WINDOW_LOG = 27;

/**
 * Unpacks a stream, if it is packed at all, and hands its bytes to `consume` in order. Like containerd
 * it looks at the first bytes and not at the media type, which tools are known to get wrong.
 * @throws OciError "layer" if the packed data are broken, and what `source` and `consume` throw
 */
export async function decompress(
  source: AsyncIterable<Uint8Array>,
  consume: (bytes: Uint8Array) => void,
  what: string,
  signal?: AbortSignal,
): Promise<void> {
  const iterator = source[Symbol.asyncIterator]();
  const { head, rest } = await peek(iterator, 4);
  const unpack = decompressorFor(head);
  if (unpack === undefined) {
    for await (const bytes of rest) consume(bytes);
    return;
  }
  const outside: { error?: unknown } = {};
  try {
    await pipeline(
      Readable.from(remembering(rest, outside), { objectMode: false, highWaterMark: PIECE }),
      unpack,
      async (unpacked: AsyncIterable<Uint8Array>) => {
        for await (const bytes of unpacked) guarded(consume, bytes, outside);
      },
      signal ? { signal } : {},
    );
  } catch (error) {
    if (outside.error !== undefined) throw outside.error;
    if (signal?.aborted) throw new OciError("aborted", "the pull was interrupted");
    const code = errorCode(error) ?? (error instanceof Error ? error.message : String(error));
    throw new OciError("layer", `${what} cannot be decompressed (${code})`, { cause: error });
  }
}

function decompressorFor(head: Uint8Array): Transform | undefined {
  const [a, b, c, d] = head;
  if (a === 0x1f && b === 0x8b) return createGunzip(BUFFERS);
  const isFrame = a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd;
  const isSkippable =
    a !== undefined && (a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18;
  if (!isFrame && !isSkippable) return undefined;
  const options = { ...BUFFERS, params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } };
  return createZstdDecompress(options);
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

/** Streams wrap and reword errors; the ones from outside are kept to be thrown as they were. */
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
