/**
 * Turns the absolute addresses that an encoder's filter put after x86 CALL and JMP opcodes back into
 * relative ones, in place (xz file format, section 5.3.2: filter ID 4, with start offset 0).
 */
export function unfilterX86(bytes: Uint8Array): void {
  const last = bytes.length - 5;
  // Bit n of `recent`: n + 1 bytes ago was an opcode that was not converted.
  let recent = 0;
  let before = -1;
  for (let at = 0; at <= last; at++) {
    if (((bytes[at] as number) & 0xfe) !== 0xe8) continue;
    const distance = at - before;
    before = at;
    recent = distance > 3 ? 0 : (recent << (distance - 1)) & 7;
    if (recent !== 0 && !convertible(bytes, at, recent)) {
      recent = (recent << 1) | 1;
      continue;
    }
    if (!isSign(bytes[at + 4] as number)) {
      recent = (recent << 1) | 1;
      continue;
    }
    putRelative(bytes, at, recent);
    at += 4;
    // The operand counts as converted: the next opcode is more than three bytes after this one.
  }
}

const isSign = (byte: number) => byte === 0x00 || byte === 0xff;

/** How many bytes of the operand overlap the operand before, by the pattern of `recent`. */
const OVERLAP = [0, 1, 2, 2, 3, 3, 3, 3] as const;

function convertible(bytes: Uint8Array, at: number, recent: number): boolean {
  const overlap = OVERLAP[recent] as number;
  const single = recent === 1 || recent === 2 || recent === 4;
  return single && !isSign(bytes[at + 4 - overlap] as number);
}

function putRelative(bytes: Uint8Array, at: number, recent: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at + 1, 4);
  let value = view.getUint32(0, true);
  let relative = value - (at + 5);
  if (recent !== 0) {
    const shift = (OVERLAP[recent] as number) * 8;
    while (isSign((relative >>> (24 - shift)) & 0xff)) {
      value = relative ^ (2 ** (32 - shift) - 1);
      relative = value - (at + 5);
    }
  }
  // Bit 24 is the sign.
  view.setInt32(0, ((relative & 0x01ffffff) << 7) >> 7, true);
}

/** The same for the BL and ADRP instructions of ARM64 (section 5.3.2: filter ID 10). */
export function unfilterArm64(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const instruction = view.getUint32(at, true);
    if (instruction >>> 26 === 0x25) {
      const target = instruction - (at >>> 2);
      view.setUint32(at, 0x94000000 | (target & 0x03ffffff), true);
    } else if ((instruction & 0x9f000000) >>> 0 === 0x90000000) {
      const page = ((instruction >>> 29) & 3) | ((instruction >>> 3) & 0x1ffffc);
      // Only what is within 512 MiB of zero was converted.
      if ((page + 0x020000) & 0x1c0000) continue;
      const target = page - (at >>> 12);
      const kept = instruction & 0x9000001f;
      const low = (target & 3) << 29;
      const high = (target & 0x03fffc) << 3;
      const sign = (0 - (target & 0x020000)) & 0xe00000;
      view.setUint32(at, (kept | low | high | sign) >>> 0, true);
    }
  }
}
