/**
 * The inner loops of a chunk in its fast mode: results that are numbers go straight to shared memory.
 *
 * @module
 */
import { blockOf, type ChunkRequest, cell } from "../futures/chunks.js";
import { holdsBigints, type TypedArray } from "../futures/typed-arrays.js";
import { PackedReader } from "../wire/codec/pack.js";
import { asSmallInteger } from "../wire/numbers.js";
import { type AnyFunction, loopFor, type Passing } from "./number-loops.js";

/** An item that takes less, in ms, is called with a number as it lies in the array. */
const shortItem = 0.000_02;

export class ChunkLoops {
  /** Reads the item of a place; called for one place after the other where they are packed. */
  read: (place: number) => unknown;
  /** Place behind the last item whose result was stored. */
  at = 0;
  /** The result of the item at that place, when `store` answered that it is odd. */
  odd: unknown;
  readonly #fn: AnyFunction;
  readonly #first: number;
  readonly #count: number;
  readonly #cells: Int32Array;
  /** All items from the first one on, where they are numbers in an array. */
  readonly #numbers: Float64Array | undefined;
  readonly #results: Float64Array | undefined;
  readonly #wanted: "number" | "bigint";
  readonly #lasts: boolean;
  readonly #passing: Passing;

  /** @param lasts - whether other chunks come with the same function, so that it is worth a loop of its own. */
  constructor(
    fn: (item: never, index: number) => unknown,
    request: ChunkRequest,
    cells: Int32Array,
    lasts: boolean,
  ) {
    const { items, memory, count, target, estimate } = request;
    const block = memory && blockOf(memory);
    this.#fn = fn as AnyFunction;
    this.#lasts = lasts;
    this.#passing = items.kind === "view" && estimate < shortItem * count ? "plain" : "whole";
    this.#first = request.first;
    this.#count = count;
    this.#cells = cells;
    this.#numbers = numbersOf(request, block);
    this.read = readerOf(items, this.#numbers);
    this.#wanted = target && holdsBigints(target.view) ? "bigint" : "number";
    if (request.wants !== "values") this.#results = undefined;
    else if (target) this.#results = fromPlace(target.view, target.at, count);
    else if (block && block.length >= count) this.#results = block;
  }

  /** Whether there is shared memory for the results. */
  get storesResults(): boolean {
    return this.#results !== undefined;
  }

  /**
   * Runs items up to a place, or until a result is odd: no number. What the function throws comes out.
   * @returns whether the last result was odd.
   */
  store(from: number, to: number): boolean {
    const results = this.#results!;
    this.odd = undefined;
    this.at = from;
    if (this.#numbers && this.#wanted === "number") {
      const loop = loopFor(this.#fn, this.#lasts ? this.#count : 0, this.#passing);
      return loop(this, this.#fn, this.#numbers, results, from, to, this.#first, this.#cells);
    }
    return this.#storeAny(results, from, to);
  }

  #storeAny(results: Float64Array, from: number, to: number): boolean {
    const fn = this.#fn;
    const cells = this.#cells;
    const { read } = this;
    for (let i = from; i < to; i += 1) {
      if (!begins(cells, i)) break;
      const value = fn(read(i), this.#first + i);
      if (typeof value !== this.#wanted) {
        this.odd = value;
        return true;
      }
      results[i] = value as number;
      this.at = i + 1;
    }
    return false;
  }
}

/**
 * Announces the item of a place, unless the chunk is to stop. The order is what keeps an item from being run by
 * two workers: see `futures/chunk-watch.ts`.
 * @returns whether the item may be run.
 */
export function begins(cells: Int32Array, place: number): boolean {
  cells[cell.running] = place + 1;
  if (cells[cell.stop] === 0) return true;
  // it has not begun, should the worker die
  cells[cell.running] = place;
  return false;
}

function numbersOf(
  { items, count }: ChunkRequest,
  block: Float64Array | undefined,
): Float64Array | undefined {
  if (items.kind === "block") return block;
  if (items.kind === "view" && !holdsBigints(items.view)) return fromPlace(items.view, items.at, count);
  return undefined;
}

/** Elements of an array of any kind, which is called that of most arrays. */
function fromPlace(array: TypedArray, at: number, count: number): Float64Array {
  return array.subarray(at, at + count) as Float64Array;
}

function readerOf(
  items: ChunkRequest["items"],
  numbers: Float64Array | undefined,
): (place: number) => unknown {
  if (numbers) return (place) => asSmallInteger(numbers[place]!);
  switch (items.kind) {
    case "view":
      return (place) => items.view[items.at + place];
    case "plain":
      return (place) => items.values[place];
    case "packed": {
      const reader = new PackedReader(items.packed);
      return () => reader.next();
    }
    default:
      return () => {
        throw new TypeError("this chunk's item is not decoded yet");
      };
  }
}
