/** A sequence of random choices that a seed repeats (mulberry32, Tommy Ettinger 2017). */
export class Random {
  #state;

  constructor(seed) {
    this.#state = seed | 0;
  }

  /** A number from 0 up to 1. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `least` up to, but not including, `end`. */
  integer(least, end) {
    return least + Math.floor(this.next() * (end - least));
  }

  chance(probability) {
    return this.next() < probability;
  }

  /** One of several things with a `weight`. */
  weighted(things) {
    let left = this.next() * things.reduce((sum, { weight }) => sum + weight, 0);
    for (const thing of things) {
      left -= thing.weight;
      if (left < 0) return thing;
    }
    return things.at(-1);
  }
}
