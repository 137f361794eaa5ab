/** A seeded generator (xorshift64*, Marsaglia and Vigna), so that a failure prints what fails again. */
export class Random {
  #state: bigint;

  constructor(seed: number) {
    this.#state = BigInt.asUintN(64, BigInt(seed) * 0x9e37_79b9_7f4a_7c15n) | 1n;
  }

  /** 64 random bits. */
  bits(): bigint {
    this.#state ^= this.#state >> 12n;
    this.#state = BigInt.asUintN(64, this.#state ^ (this.#state << 25n));
    this.#state ^= this.#state >> 27n;
    return BigInt.asUintN(64, this.#state * 0x2545_f491_4f6c_dd1dn);
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    return Number(this.bits() % BigInt(limit));
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.below(items.length)] ?? items[0];
  }

  bytes(length: number): Uint8Array {
    const words = new BigUint64Array(Math.ceil(length / 8));
    for (let at = 0; at < words.length; at++) words[at] = this.bits();
    return new Uint8Array(words.buffer, 0, length);
  }
}
