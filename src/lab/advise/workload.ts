/**
 * The items that plans run on: a choice of the samples, over and over.
 *
 * @module
 */
/** A sample that was tried, and how long it took, in ms. */
export interface TriedSample {
  readonly item: unknown;
  /** Its place in the samples. */
  readonly index: number;
  readonly time: number;
}

/** Most samples of one cycle. */
const longestCycle = 10_000;

/** Items as they come in a map, in cycles of the same few. */
export class Workload {
  readonly #cycle: readonly TriedSample[];
  /**
   * Whether the function changes its items, as one that sorts them: it would find its work done the second time, so that
   * it is given copies on this thread as well.
   */
  changed = false;

  /**
   * @param tried - at least two.
   * @param limit - ms that a cycle may take, where that leaves two of them.
   */
  constructor(tried: readonly TriedSample[], limit: number) {
    this.#cycle = chosen(tried, limit);
  }

  /** Items of a cycle. */
  get length(): number {
    return this.#cycle.length;
  }

  /** The least number of whole cycles that has so many items: all plans run on the same mixture. */
  atLeast(items: number): number {
    return Math.ceil(items / this.length) * this.length;
  }

  /** So many items, as they are. */
  items(count: number): unknown[] {
    return Array.from({ length: count }, (_, at) => this.#cycle[at % this.length]!.item);
  }

  /** The place in the samples of an item of a cycle. */
  sampleIndex(at: number): number {
    return this.#cycle[at % this.length]!.index;
  }

  /** So many items for this thread, which may change them. Workers get copies anyway. */
  copies(count: number): unknown[] {
    const items = this.items(count);
    return this.changed ? items.map((item) => structuredClone(item)) : items;
  }
}

/** As many samples as fit into a time, spread evenly from the quickest to the slowest, in their own order. */
function chosen(tried: readonly TriedSample[], limit: number): readonly TriedSample[] {
  const mean = tried.reduce((sum, { time }) => sum + time, 0) / tried.length;
  const fitting = mean > 0 ? Math.floor(limit / mean) : tried.length;
  const count = Math.min(tried.length, longestCycle, Math.max(2, fitting));
  const byTime = tried.toSorted((one, other) => one.time - other.time);
  const picked = Array.from(
    { length: count },
    (_, at) => byTime[Math.floor(((at + 0.5) / count) * tried.length)]!,
  );
  return picked.toSorted((one, other) => one.index - other.index);
}
