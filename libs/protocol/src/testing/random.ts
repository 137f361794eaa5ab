/**
 * A small seeded generator (mulberry32, public domain), so that a test that fails prints a seed
 * that fails again.
 */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    const unit = ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
    return Math.floor(unit * limit);
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.below(items.length)] ?? items[0];
  }

  bytes(length: number): Uint8Array {
    const result = new Uint8Array(length);
    for (let at = 0; at < length; at++) result[at] = this.below(256);
    return result;
  }
}

/** Fifty fixed seeds and a new one. */
export const seeds = (): number[] => [
  ...Array.from({ length: 50 }, (_, index) => index + 1),
  crypto.getRandomValues(new Uint32Array(1))[0] ?? 0,
];
