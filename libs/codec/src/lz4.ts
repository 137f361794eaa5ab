import { u32 } from "./bytes.ts";
import { corrupt } from "./error.ts";

export const LZ4_MAGIC = "\x02\x21\x4c\x18";

/**
 * Decompresses the legacy frame format of LZ4, which `lz4 -l` writes and kernels use (LZ4 frame
 * format, "Legacy frame"; block format: lz4_Block_format.md).
 *
 * `size` is how many bytes it must give. Errors: CodecError.
 */
export function unlz4(file: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(size);
  let written = 0;
  for (let at = 4; at < file.length; ) {
    if (at + 4 > file.length) throw corrupt("lz4", "is cut");
    const length = u32(file, at);
    at += 4;
    if (at + length > file.length) throw corrupt("lz4", "is cut");
    written = unblock(file, at, at + length, output, written);
    at += length;
  }
  if (written !== size) throw corrupt("lz4", `unpacks to ${written} bytes instead of ${size}`);
  return output;
}

/** Writes one block at `start` of the output; returns where it ends there. */
function unblock(
  file: Uint8Array,
  from: number,
  end: number,
  output: Uint8Array,
  start: number,
): number {
  let at = from;
  let to = start;
  while (at < end) {
    const token = file[at++] as number;
    let literals = token >> 4;
    if (literals === 15) {
      let more = 255;
      while (more === 255 && at < end) {
        more = file[at++] as number;
        literals += more;
      }
    }
    if (at + literals > end) throw corrupt("lz4", "has literals beyond its end");
    if (to + literals > output.length) throw corrupt("lz4", "is longer than it says");
    // A call costs more than the copy of a few bytes.
    if (literals > 32) {
      output.set(file.subarray(at, at + literals), to);
      at += literals;
      to += literals;
    } else {
      for (const stop = at + literals; at < stop; ) output[to++] = file[at++] as number;
    }
    if (at === end) break;
    if (at + 2 > end) throw corrupt("lz4", "is cut");
    const distance = (file[at] as number) | ((file[at + 1] as number) << 8);
    at += 2;
    let length = (token & 15) + 4;
    if (length === 19) {
      let more = 255;
      while (more === 255 && at < end) {
        more = file[at++] as number;
        length += more;
      }
    }
    if (distance === 0 || distance > to - start) throw corrupt("lz4", "refers to before its start");
    if (to + length > output.length) throw corrupt("lz4", "is longer than it says");
    let copy = to - distance;
    for (const stop = to + length; to < stop; ) output[to++] = output[copy++] as number;
  }
  return to;
}
