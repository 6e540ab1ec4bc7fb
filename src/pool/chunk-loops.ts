/**
 * The inner loops of a chunk in its fast mode: results that are numbers go straight to shared memory.
 *
 * @module
 */
import { Script } from "node:vm";
import { blockOf, type ChunkRequest, cell } from "../futures/chunks.js";
import { holdsBigints } from "../futures/typed-arrays.js";
import { PackedReader } from "../wire/codec/pack.js";
import { asSmallInteger } from "../wire/numbers.js";

type AnyFunction = (item: unknown, index: number) => unknown;

/** So many items are worth the compilation of a loop. */
const leastForOwnLoop = 1_024;

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
  readonly #numbers: Numbers | undefined;
  readonly #results: Numbers | undefined;
  readonly #wanted: "number" | "bigint";

  constructor(fn: (item: never, index: number) => unknown, request: ChunkRequest, cells: Int32Array) {
    const { items, memory, count, target } = request;
    const block = memory && blockOf(memory);
    this.#fn = fn as AnyFunction;
    this.#first = request.first;
    this.#count = count;
    this.#cells = cells;
    this.#numbers = numbersOf(request, block);
    this.read = readerOf(items, this.#numbers);
    this.#wanted = target && holdsBigints(target.view) ? "bigint" : "number";
    if (request.wants !== "values") this.#results = undefined;
    else if (target) this.#results = { array: target.view as Float64Array, at: target.at };
    else if (block && block.length >= count) this.#results = { array: block, at: 0 };
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
    const { array, at } = this.#results!;
    this.odd = undefined;
    this.at = from;
    if (this.#numbers && this.#wanted === "number") {
      const { array: items, at: itemsAt } = this.#numbers;
      const loop = loopFor(this.#fn, this.#count);
      return loop(this, this.#fn, items, itemsAt, array, at, from, to, this.#first, this.#cells);
    }
    return this.#storeAny(array, at, from, to);
  }

  #storeAny(results: Float64Array, at: number, from: number, to: number): boolean {
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
      results[at + i] = value as number;
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

/** Numbers from a place of an array on. */
interface Numbers {
  readonly array: Float64Array;
  readonly at: number;
}

/** Runs items on numbers of one array, results to another; see `ChunkLoops.store`. */
type NumberLoop = (
  state: { at: number; odd: unknown },
  fn: AnyFunction,
  items: Float64Array,
  itemsAt: number,
  results: Float64Array,
  resultsAt: number,
  from: number,
  to: number,
  first: number,
  cells: Int32Array,
) => boolean;

/**
 * V8 optimises a loop for the functions and arrays that it has seen. One that serves all functions calls each
 * of them, at a cost of several nanoseconds an item; one of its own is compiled together with its function.
 * It begins an item as `begins` does.
 */
const loopText = `(state, fn, items, itemsAt, results, resultsAt, from, to, first, cells) => {
  let i = from;
  for (; i < to; i++) {
    cells[${cell.running}] = i + 1;
    if (cells[${cell.stop}] !== 0) {
      cells[${cell.running}] = i;
      break;
    }
    const item = items[itemsAt + i];
    const whole = item | 0;
    const value = fn(whole === item && (whole !== 0 || 1 / item > 0) ? whole : item, first + i);
    if (typeof value !== "number") {
      state.at = i;
      state.odd = value;
      return true;
    }
    results[resultsAt + i] = value;
  }
  state.at = i;
  return false;
}`;

const loops = new WeakMap<AnyFunction, NumberLoop>();
let compiled = 0;

function compileLoop(): NumberLoop {
  // equal texts share their compiled code
  compiled += 1;
  return new Script(`${loopText} // ${compiled}`).runInThisContext() as NumberLoop;
}

const sharedLoop = compileLoop();

/** The loop for a function: one of its own where so many items are worth it. */
function loopFor(fn: AnyFunction, count: number): NumberLoop {
  const own = loops.get(fn);
  if (own) return own;
  if (count < leastForOwnLoop) return sharedLoop;
  const loop = compileLoop();
  loops.set(fn, loop);
  return loop;
}

function numbersOf({ items }: ChunkRequest, block: Float64Array | undefined): Numbers | undefined {
  if (items.kind === "block") return { array: block!, at: 0 };
  if (items.kind === "view" && !holdsBigints(items.view)) {
    return { array: items.view as Float64Array, at: items.at };
  }
  return undefined;
}

function readerOf(items: ChunkRequest["items"], numbers: Numbers | undefined): (place: number) => unknown {
  if (numbers) {
    const { array, at } = numbers;
    return (place) => asSmallInteger(array[at + place]!);
  }
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
