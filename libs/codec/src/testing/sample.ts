import { randomFrom } from "@vimto/linux/testing/random";

/**
 * Bytes that compress about as machine code does: repeated words, CALL and BL instructions whose
 * targets recur, noise, and long runs.
 */
export function sample(size: number, seed = 1): Uint8Array<ArrayBuffer> {
  const random = randomFrom(seed);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const words = Array.from({ length: 64 }, () => random(2 ** 32));
  let at = 0;
  while (at + 300 < size) {
    const kind = random(8);
    if (kind < 3) {
      view.setUint32(at, words[random(words.length)] ?? 0, true);
      at += 4;
    } else if (kind < 5) {
      bytes[at] = 0xe8 + random(2);
      view.setInt32(at + 1, (random(16) << 12) - at, true);
      at += 5;
    } else if (kind === 5) {
      at += -at & 3;
      const page = random(2) === 0;
      view.setUint32(at, (page ? 0x90000000 : 0x94000000) + random(2 ** 12), true);
      at += 4;
    } else if (kind === 6) {
      const noise = random(40);
      for (let left = noise; left > 0; left--) bytes[at++] = random(256);
    } else {
      const run = random(280);
      bytes.fill(random(256), at, at + run);
      at += run;
    }
  }
  return bytes;
}
