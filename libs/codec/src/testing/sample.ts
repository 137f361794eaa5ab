import { integer, seeded } from "./random.ts";

/**
 * Bytes that compress about as machine code does: repeated words, CALL and BL instructions whose
 * targets recur, noise, and long runs.
 */
export function sample(size: number, seed = 1): Uint8Array<ArrayBuffer> {
  const random = seeded(seed);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const words = Array.from({ length: 64 }, () => integer(random, 2 ** 32));
  let at = 0;
  while (at + 300 < size) {
    const kind = integer(random, 8);
    if (kind < 3) {
      view.setUint32(at, words[integer(random, words.length)] ?? 0, true);
      at += 4;
    } else if (kind < 5) {
      bytes[at] = 0xe8 + integer(random, 2);
      view.setInt32(at + 1, (integer(random, 16) << 12) - at, true);
      at += 5;
    } else if (kind === 5) {
      at += -at & 3;
      const page = integer(random, 2) === 0;
      view.setUint32(at, (page ? 0x90000000 : 0x94000000) + integer(random, 2 ** 12), true);
      at += 4;
    } else if (kind === 6) {
      const noise = integer(random, 40);
      for (let left = noise; left > 0; left--) bytes[at++] = integer(random, 256);
    } else {
      const run = integer(random, 280);
      bytes.fill(integer(random, 256), at, at + run);
      at += run;
    }
  }
  return bytes;
}
