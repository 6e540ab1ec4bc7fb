/** Width of a bucket: percentiles are off by half of it at most. */
const growth = 1.02;
/** Times below this, in ms, share one bucket. */
const least = 0.001;

/** Times counted by size in buckets that grow by 2 %, so that percentiles of any number of them take no memory. */
export class Histogram {
  readonly #buckets = new Map<number, number>();
  #count = 0;
  #max = 0;

  /** How many were added. */
  get count(): number {
    return this.#count;
  }

  /** Adds a time in ms. */
  add(ms: number): void {
    const bucket = ms <= least ? 0 : Math.ceil(Math.log(ms / least) / Math.log(growth));
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
    this.#count++;
    this.#max = Math.max(this.#max, ms);
  }

  /** The time that a share (0 to 1) of all stay within, in ms; 0 when there are none. */
  percentile(share: number): number {
    const rank = Math.ceil(this.#count * share);
    let seen = 0;
    for (const bucket of [...this.#buckets.keys()].toSorted((left, right) => left - right)) {
      seen += this.#buckets.get(bucket) ?? 0;
      if (seen >= rank) return Math.min(least * growth ** (bucket - 0.5), this.#max);
    }
    return 0;
  }
}
