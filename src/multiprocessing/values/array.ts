import { InvalidArgumentError } from "../../errors.js";
import { checkInteger } from "../../validate.js";
import { arrived } from "../locks/arrived.js";
import { handleKind, type WaitOptions } from "../sharing/index.js";
import { makeNumbers, NumbersHandle, type NumbersOptions } from "./numbers-handle.js";
import type { NumberOf, NumbersOf, TypeCode } from "./type-codes.js";

/**
 * An array of numbers that processes and threads share: Python's `multiprocessing.Array`. What is said of `Value` is
 * true of each of its elements. Its name is that of JavaScript's own array: import it by another where that is in the
 * way.
 *
 * Indices below 0 count from the end.
 *
 * @typeParam C - the type: `"float64"`, or Python's code `"d"`. With 64 bits (`"int64"`, `"q"`) its numbers are bigints.
 * @example
 * import { Array as SharedArray } from "ungil/multiprocessing";
 *
 * const squares = new SharedArray("float64", 10);
 * const square = (n: number) => squares.set(n, n * n);
 * await pool.map(square, [0, 1, 2, 3]);
 * console.log(await squares.slice(0, 4)); // Float64Array [0, 1, 4, 9]
 */
class SharedArray<C extends TypeCode>
  extends NumbersHandle<NumberOf<C>>
  implements AsyncIterable<NumberOf<C>>
{
  /**
   * @param type - what it holds.
   * @param sizeOrItems - how many zeros, or the numbers.
   * @param options - its lock.
   * @throws InvalidArgumentError for an unknown type, a bad size, a number that the type can't hold, a bad lock or
   *   option.
   */
  constructor(type: C, sizeOrItems: number | Iterable<NumberOf<C>>, options: NumbersOptions = {}) {
    const endpoint = arrived(type);
    super(
      endpoint ? { endpoint, lock: undefined } : makeNumbers("Array", type, itemsOf(sizeOrItems), options),
    );
  }

  /** How many numbers there are: as many as at first. */
  get length(): number {
    return this.count;
  }

  /**
   * One number.
   * @param options - limits of the wait for the lock; `timeout` in ms.
   * @throws InvalidArgumentError for an index that there is not, or a bad option, from the call; TimeoutError,
   *   CancelledError; ConnectionClosedError when the owner has ended.
   */
  get(index: number, options?: WaitOptions): Promise<NumberOf<C>> {
    return this.ask("get", [this.#at(index)], options);
  }

  /** Sets one number. @throws InvalidArgumentError for one that the type can't hold, from the call; else as `get`. */
  set(index: number, value: NumberOf<C>, options?: WaitOptions): Promise<void> {
    return this.ask("set", [this.#at(index), this.check(value)], options);
  }

  /** Adds to one number, in one step. @returns the sum. @throws as `add` of `Value`. */
  add(index: number, by: NumberOf<C>, options?: WaitOptions): Promise<NumberOf<C>> {
    return this.ask("add", [this.#at(index), this.check(by, "by")], options);
  }

  /** Makes a new number of an old one: see `update` of `Value`. @returns the new number. */
  update(
    index: number,
    fn: (old: NumberOf<C>) => NumberOf<C> | PromiseLike<NumberOf<C>>,
    options?: WaitOptions,
  ): Promise<NumberOf<C>> {
    return this.change(this.#at(index), fn, options);
  }

  /**
   * A copy of a part, of one moment.
   * @param start - index of the first. Default 0.
   * @param end - index behind the last. Default: the end.
   * @throws as `get`; indices outside of the array count as its ends.
   */
  slice(start = 0, end: number = this.length, options?: WaitOptions): Promise<NumbersOf<C>> {
    checkInteger("start", start, Number.MIN_SAFE_INTEGER);
    checkInteger("end", end, Number.MIN_SAFE_INTEGER);
    return this.ask("slice", [start, end], options);
  }

  /**
   * Sets a part, in one step.
   * @param start - index of the first.
   * @param items - as many numbers as are to be set.
   * @throws InvalidArgumentError where they don't fit into the array or the type; else as `get`.
   */
  setSlice(start: number, items: Iterable<NumberOf<C>>, options?: WaitOptions): Promise<void> {
    if (typeof items?.[Symbol.iterator] !== "function")
      throw new InvalidArgumentError("items", items, "numbers, in something that can be iterated");
    const numbers = [...items].map((each, at) => this.check(each, `items[${at}]`));
    const first = start === this.length && numbers.length === 0 ? start : this.#at(start, "start");
    if (first + numbers.length > this.length) {
      throw new InvalidArgumentError(
        "items",
        numbers,
        `at most ${this.length - first} numbers: the array ends there`,
      );
    }
    return this.ask("setSlice", [first, numbers], options);
  }

  /** The numbers of one moment. */
  async *[Symbol.asyncIterator](): AsyncGenerator<NumberOf<C>, undefined, void> {
    yield* (await this.slice()) as Iterable<NumberOf<C>>;
    return undefined;
  }

  #at(index: number, argument = "index"): number {
    const { length } = this;
    const at = index < 0 ? index + length : index;
    if (Number.isInteger(index) && at >= 0 && at < length) return at;
    throw new InvalidArgumentError(argument, index, `a whole number from ${-length} to ${length - 1}`);
  }
}

function itemsOf(given: number | Iterable<unknown>): number | unknown[] {
  if (typeof given === "number") return checkInteger("sizeOrItems", given, 0);
  if (typeof given === "object" && given !== null && Symbol.iterator in given) return [...given];
  throw new InvalidArgumentError("sizeOrItems", given, "a size, or an iterable of numbers");
}

handleKind("Array", (endpoint) => Reflect.construct(SharedArray, [endpoint]) as SharedArray<"float64">);

export { SharedArray as Array };
