/**
 * Where a queue keeps its items, which makes the order in which they leave it.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.js";
import { Fifo } from "../fifo.js";

/** The items of a queue. */
export interface Store<T> {
  readonly size: number;
  /** Whether an item can be ordered among those that are there; throws where it can't. */
  check?(item: T): void;
  /** Puts an item in. It throws what a comparison throws, and nothing has changed then. */
  push(item: T): void;
  /** Takes out the item that is next; there is one. It throws as `push`. */
  shift(): T;
  /** Takes all out. */
  clear(): void;
}

/** First in, first out. */
export class FifoStore<T> implements Store<T> {
  readonly #items = new Fifo<T>();

  get size(): number {
    return this.#items.size;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T {
    return this.#items.shift() as T;
  }

  clear(): void {
    this.#items.clear();
  }
}

/** Last in, first out. */
export class LifoStore<T> implements Store<T> {
  #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T {
    return this.#items.pop() as T;
  }

  clear(): void {
    this.#items = [];
  }
}

/** Below 0 where the first comes first, above 0 where the second does. */
type Compare<T> = (one: T, other: T) => number;

interface Entry<T> {
  readonly item: T;
  /** Equals leave in the order in which they came. */
  readonly number: number;
}

/**
 * Smallest first: a binary heap. All comparisons of a step come before its changes, so that one that throws leaves the
 * heap as it was. The way down goes along the smaller children to the end, and then up to where the last item belongs,
 * which takes about half as many comparisons (Ingo Wegener, "Bottom-Up-Heapsort", 1993).
 */
export class PriorityStore<T> implements Store<T> {
  #heap: Entry<T>[] = [];
  #next = 0;
  readonly #compare: Compare<T>;

  constructor(compare: Compare<T>) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#heap.length;
  }

  check(item: T): void {
    const [first] = this.#heap;
    this.#order(item, first === undefined ? item : first.item);
  }

  push(item: T): void {
    const entry: Entry<T> = { item, number: this.#next };
    const at = this.#above(entry, this.#heap.length);
    this.#next++;
    this.#heap.push(entry);
    this.#place(entry, at, this.#heap.length - 1);
  }

  shift(): T {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.at(-1)!;
    const end = heap.length - 1;
    if (end > 0) {
      let at = this.#leaf(end);
      while (at > 0 && this.#isBefore(last, heap[at]!)) at = (at - 1) >> 1;
      this.#replaceFirst(last, at);
    }
    heap.pop();
    return first.item;
  }

  clear(): void {
    this.#heap = [];
  }

  #isBefore(one: Entry<T>, other: Entry<T>): boolean {
    const order = this.#order(one.item, other.item);
    return order < 0 || (order === 0 && one.number < other.number);
  }

  #order(one: T, other: T): number {
    const order: unknown = this.#compare(one, other);
    if (typeof order === "number" && !Number.isNaN(order)) return order;
    throw new InvalidArgumentError("what compare answers", order, "a number: below 0, 0 or above 0");
  }

  /** The place on the way up from one place at which an entry belongs. */
  #above(entry: Entry<T>, from: number): number {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const stands = this.#heap[parent]!;
      if (!this.#isBefore(entry, stands)) return at;
      at = parent;
    }
    return at;
  }

  /** Where the way down along the smaller children ends, among so many entries. */
  #leaf(size: number): number {
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      const right = child + 1;
      at = right < size && this.#isBefore(this.#heap[right]!, this.#heap[child]!) ? right : child;
    }
    return at;
  }

  /** Puts an entry at a place; what stands on the way from there to another place moves one down. */
  #place(entry: Entry<T>, at: number, bottom: number): void {
    const heap = this.#heap;
    for (let hole = bottom; hole !== at; ) {
      const parent = (hole - 1) >> 1;
      heap[hole] = heap[parent]!;
      hole = parent;
    }
    heap[at] = entry;
  }

  /** Puts an entry at a place; what stands there and above it moves one up, and the first one out. */
  #replaceFirst(entry: Entry<T>, place: number): void {
    const heap = this.#heap;
    let moving = entry;
    for (let at = place; ; at = (at - 1) >> 1) {
      const stood = heap[at]!;
      heap[at] = moving;
      if (at === 0) return;
      moving = stood;
    }
  }
}

/**
 * The order of what has one: numbers, bigints, strings, dates, and arrays of them item by item, as Python compares
 * tuples.
 * @throws InvalidArgumentError for anything else, which JavaScript would compare as text or not at all.
 */
export function naturalOrder(one: unknown, other: unknown): number {
  if (Array.isArray(one) && Array.isArray(other)) return orderOfArrays(one, other);
  const [left, right] = [valueOf(one), valueOf(other)];
  if (left !== undefined && right !== undefined && kindOf(left) === kindOf(right)) {
    if (left < right) return -1;
    return left > right ? 1 : 0;
  }
  throw new InvalidArgumentError(
    "item",
    valueOf(one) === undefined ? one : other,
    "a number, a string, a Date, or an array that begins with one, like the other items; for anything else give the " +
      "queue an order: new PriorityQueue(maxsize, { compare: (one, other) => one.priority - other.priority })",
  );
}

function orderOfArrays(one: readonly unknown[], other: readonly unknown[]): number {
  const length = Math.min(one.length, other.length);
  for (let i = 0; i < length; i++) {
    if (Object.is(one[i], other[i])) continue;
    const order = naturalOrder(one[i], other[i]);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

/** What a value is compared by; undefined for one that has no order, as NaN. */
function valueOf(value: unknown): number | bigint | string | undefined {
  if (typeof value === "string" || typeof value === "bigint") return value;
  const number = value instanceof Date ? value.getTime() : value;
  return typeof number === "number" && !Number.isNaN(number) ? number : undefined;
}

const kindOf = (value: number | bigint | string): string => (typeof value === "string" ? "text" : "number");
