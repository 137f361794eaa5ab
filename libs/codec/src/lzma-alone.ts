import { u8 } from "./bytes.ts";
import { corrupt } from "./error.ts";
import { LzmaDecoder } from "./lzma.ts";

const HEADER = 13;

/**
 * Decompresses a file of lzma(1), the format before xz: 5 bytes of properties, 8 of size (all ones
 * when unknown), then the stream. It has no checksum.
 *
 * `size` is how many bytes it must give. Errors: CodecError.
 */
export function unlzma(file: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  if (file.length < HEADER + 5) throw corrupt("lzma", "is cut");
  const output = new Uint8Array(size);
  const decoder = new LzmaDecoder(file, output);
  decoder.setProperties(u8(file, 0));
  decoder.startRange(HEADER);
  if (decoder.decode(size)) {
    throw corrupt("lzma", `unpacks to ${decoder.written} bytes instead of ${size}`);
  }
  if (decoder.consumed > file.length) throw corrupt("lzma", "is cut");
  return output;
}
