import { MapInput } from "./map-input.js";
import type { End } from "./outlet.js";
import { isShared, isTypedArray } from "./typed-arrays.js";

/** Neighbouring items of an input. */
export interface ItemRange {
  readonly source: ArrayLike<unknown>;
  /** Place of the first one in the source. */
  readonly from: number;
  readonly count: number;
}

/** A longer string is not small: a window full of them might be large. */
const shortString = 64;

const arrayIterator = Array.prototype[Symbol.iterator];
const typedArrayIterator = Int8Array.prototype[Symbol.iterator];

/** An input of `map` that is read in pieces: items are read first, and taken later. */
export class ChunkInput<T> {
  /** Number of items where the input tells. */
  readonly length: number | undefined;
  /** All items where they are in memory anyway, to be read by their index. */
  readonly array: ArrayLike<T> | undefined;
  /** Items read so far. */
  read = 0;
  /** How the input ended, once all of it was read. */
  end: End | undefined;
  /** Whether a read is under way; `arrived` is called after it. */
  awaited = false;
  /** Whether all items so far are small, or in memory anyway. */
  small = true;
  readonly #input: MapInput<T>;
  readonly #arrived: () => void;
  #pending: T[] = [];
  #taken = 0;
  #closed = false;

  /**
   * @param arrived - told of an item, or the end, that came later than its reading.
   * @throws InvalidArgumentError when `items` can't be iterated.
   */
  constructor(items: Iterable<T> | AsyncIterable<T>, arrived: () => void) {
    this.#input = new MapInput(items);
    this.#arrived = arrived;
    this.length = this.#input.length;
    this.array = isIndexed(items) ? items : undefined;
  }

  /** Items that were read and not taken. */
  get pending(): number {
    return this.read - this.#taken;
  }

  /** Whether workers see the items where they are. */
  get isShared(): boolean {
    return this.array !== undefined && isTypedArray(this.array) && isShared(this.array);
  }

  /** Whether the items seem to be numbers, which are all of the same size. */
  get isOfNumbers(): boolean {
    const first = this.array?.[0];
    return typeof first === "number" || typeof first === "bigint";
  }

  /** Whether a pending read answers later than within the call; known after the first one. */
  isAsync = false;

  /**
   * Reads until so many items are pending, the input ends, or has to be waited for.
   * @param patience - ms after which it stops all the same.
   */
  fill(wanted: number, patience: number): void {
    if (this.array) return this.#fillFromArray(this.array, wanted);
    this.#input.context.runInAsyncScope(this.#fillByIterating, this, wanted, patience);
  }

  #fillByIterating(wanted: number, patience: number): void {
    let next = 1;
    const start = patience === Number.POSITIVE_INFINITY ? 0 : performance.now();
    for (let count = 1; this.pending < wanted && !this.end && !this.awaited && !this.#closed; count += 1) {
      this.#readOne();
      // the clock is looked at ever more rarely while items come quickly
      if (count < next || patience === Number.POSITIVE_INFINITY) continue;
      if (performance.now() - start > patience) return;
      next = count + Math.min(count, 256);
    }
  }

  /** The first pending items, which stay. */
  peek(count: number): ItemRange {
    if (this.array) return { source: this.array, from: this.#taken, count };
    return { source: this.#pending, from: 0, count };
  }

  /** Takes the first pending items. */
  take(count: number): ItemRange {
    const from = this.#taken;
    this.#taken += count;
    if (this.array) return { source: this.array, from, count };
    if (count < this.#pending.length) return { source: this.#pending.splice(0, count), from: 0, count };
    const source = this.#pending;
    this.#pending = [];
    return { source, from: 0, count };
  }

  /** Tells the input that no more is wanted; see `MapInput.close`. */
  close(): Promise<void> {
    this.#closed = true;
    return this.#input.close();
  }

  /** The same for where nobody can be told of a failure but through a process warning. */
  closeQuietly(): void {
    this.#closed = true;
    this.#input.closeQuietly();
  }

  #fillFromArray(array: ArrayLike<T>, wanted: number): void {
    this.read = Math.max(this.read, Math.min(array.length, this.#taken + wanted));
    if (this.read >= array.length) this.end = { failed: false };
  }

  #readOne(): void {
    let step: IteratorResult<T, unknown> | Promise<IteratorResult<T, unknown>>;
    try {
      step = this.#input.next();
    } catch (error) {
      this.end = { failed: true, error };
      return;
    }
    if (!(step instanceof Promise)) return this.#accept(step);
    this.awaited = true;
    this.isAsync = true;
    step.then(
      (result) => {
        this.awaited = false;
        this.#accept(result);
        this.#arrived();
      },
      (error: unknown) => {
        this.awaited = false;
        this.end = { failed: true, error };
        this.#arrived();
      },
    );
  }

  #accept(step: IteratorResult<T, unknown>): void {
    if (step.done) {
      this.end = { failed: false };
      return;
    }
    this.#pending.push(step.value);
    this.read += 1;
    if (this.small && !isSmall(step.value)) this.small = false;
  }
}

/** Whether a value takes next to no memory. */
function isSmall(value: unknown): boolean {
  if (typeof value === "object") return value === null;
  if (typeof value === "string") return value.length <= shortString;
  return typeof value !== "function";
}

/** Whether reading by index is the same as iterating. */
function isIndexed<T>(items: Iterable<T> | AsyncIterable<T>): items is Iterable<T> & ArrayLike<T> {
  if ((items as Partial<AsyncIterable<T>>)[Symbol.asyncIterator] !== undefined) return false;
  const iterator: unknown = (items as Iterable<T>)[Symbol.iterator];
  return Array.isArray(items)
    ? iterator === arrayIterator
    : isTypedArray(items) && iterator === typedArrayIterator;
}
