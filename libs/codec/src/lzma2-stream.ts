import { corrupt } from "./error.ts";
import { LzmaDecoder } from "./lzma.ts";

/** Asks for exactly so many bytes. */
export type Reader<T> = Generator<number, T, Uint8Array>;

/** An LZMA2 chunk unpacks to at most this (21 bits). */
const MOST_CHUNK = 2 ** 21;
/** Behind the dictionary is room for more than one chunk, so that it is not moved for each. */
const ROOM = 2 * MOST_CHUNK;

/**
 * Decodes LZMA2 chunks up to the one that ends them, with no more in memory than the dictionary and some
 * MiB. `take` gets pieces that are valid until it returns.
 * @param dictionary  in bytes, as the block's header has it
 * @returns the bytes that were read and those that came of them
 */
export function* readChunks(
  dictionary: number,
  take: (bytes: Uint8Array) => void,
): Reader<{ packed: number; size: number }> {
  const decoder = new LzmaDecoder(new Uint8Array(0), new Uint8Array(dictionary + ROOM));
  const state = { needsDictionary: true, needsProperties: true };
  let packed = 0;
  let size = 0;
  for (;;) {
    const control = (yield 1)[0] as number;
    packed++;
    if (control === 0) return { packed, size };
    if (control < 0x80 && control > 2) {
      throw corrupt("xz", `has an unknown LZMA2 chunk (${control})`);
    }
    const head = yield control < 0x80 ? 2 : control < 0xc0 ? 4 : 5;
    const high = control < 0x80 ? 0 : (control & 0x1f) << 16;
    const unpacked = (high | ((head[0] as number) << 8) | (head[1] as number)) + 1;
    const length =
      control < 0x80 ? unpacked : (((head[2] as number) << 8) | (head[3] as number)) + 1;
    const data = yield length;
    if (decoder.written + unpacked > dictionary + ROOM) decoder.slide(dictionary);
    const from = decoder.written;
    decodeChunk(decoder, state, { control, properties: head[4], data, size: unpacked });
    take(decoder.since(from));
    packed += head.length + length;
    size += unpacked;
  }
}

type Chunk = {
  readonly control: number;
  readonly properties: number | undefined;
  readonly data: Uint8Array;
  readonly size: number;
};

function decodeChunk(
  decoder: LzmaDecoder,
  state: { needsDictionary: boolean; needsProperties: boolean },
  { control, properties, data, size }: Chunk,
): void {
  if (control === 1 || control >= 0xe0) {
    decoder.resetDictionary();
    state.needsDictionary = false;
    state.needsProperties = true;
  }
  if (state.needsDictionary) throw corrupt("xz", "does not begin with a dictionary reset");
  decoder.feed(data);
  if (control < 0x80) {
    decoder.copy(0, data.length);
    return;
  }
  if (properties !== undefined) {
    decoder.setProperties(properties);
    state.needsProperties = false;
  } else if (state.needsProperties) {
    throw corrupt("xz", "does not say its LZMA properties");
  } else if (control >= 0xa0) {
    decoder.resetState();
  }
  decoder.startRange(0);
  if (decoder.decode(decoder.written + size) || decoder.consumed !== data.length) {
    throw corrupt("xz", "has an LZMA2 chunk of another size than it says");
  }
}
