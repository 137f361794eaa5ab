import { CodecError } from "./error.ts";

/** Reads of little-endian numbers that check their bounds: outside the bytes they throw CodecError. */
function view(bytes: Uint8Array, offset: number, length: number): DataView {
  if (!(offset >= 0 && offset + length <= bytes.length)) {
    throw new CodecError(
      `the data ends at byte ${bytes.length}, before the ${length} bytes at ${offset}`,
    );
  }
  return new DataView(bytes.buffer, bytes.byteOffset + offset, length);
}

export const u8 = (bytes: Uint8Array, offset: number): number => view(bytes, offset, 1).getUint8(0);

export const u16 = (bytes: Uint8Array, offset: number): number =>
  view(bytes, offset, 2).getUint16(0, true);

export const u32 = (bytes: Uint8Array, offset: number): number =>
  view(bytes, offset, 4).getUint32(0, true);

/** `prefix` is Latin-1 text. */
export function startsWith(bytes: Uint8Array, prefix: string, offset = 0): boolean {
  for (let at = 0; at < prefix.length; at++) {
    if (bytes[offset + at] !== prefix.charCodeAt(at)) return false;
  }
  return true;
}
