/**
 * What awaiting a stream makes of its results.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.js";
import { asSmallInteger } from "../wire/numbers.js";
import {
  holdsBigints,
  isTypedArray,
  makeTypedArray,
  type TypedArray,
  type TypedArrayConstructor,
} from "./typed-arrays.js";

/** Takes in all results of a stream, one by one or many at once. */
export interface Collector<Out, All> {
  /** Whether results may be put at their place before those in front of them are there. */
  readonly anyOrder: boolean;
  /** One more at the end. */
  append(value: Out): void;
  /**
   * Results from a place on. A `Float64Array` may stand for numbers, and is read within the call.
   * @throws TypeError for a result that has no place in a typed array, RangeError for one too many.
   */
  put(first: number, values: ArrayLike<Out>): void;
  /** Results that are in their place already. */
  skip(first: number, count: number): void;
  /** All of them. */
  finish(): All;
}

/** An array longer than this is not made in one piece: V8 would make it a dictionary. */
const longestPreset = 2 ** 25;

/** An ordinary array. */
export class ArrayCollector<Out> implements Collector<Out, Out[]> {
  readonly anyOrder: boolean;
  readonly #results: Out[];
  #end = 0;

  /** @param length - number of items, where it is certain. */
  constructor(length: number | undefined) {
    this.anyOrder = length !== undefined && length <= longestPreset;
    // oxlint-disable-next-line unicorn/no-new-array -- all of it is filled
    this.#results = this.anyOrder ? new Array<Out>(length as number) : [];
  }

  append(value: Out): void {
    this.#results[this.#end++] = value;
  }

  put(first: number, values: ArrayLike<Out>): void {
    const { length } = values;
    if (values instanceof Float64Array) putNumbers(this.#results as unknown[] as number[], first, values);
    else if (first === this.#results.length) for (let i = 0; i < length; i++) this.#results.push(values[i]!);
    else for (let i = 0; i < length; i++) this.#results[first + i] = values[i]!;
    this.#end = Math.max(this.#end, first + length);
  }

  skip(): void {
    // only a typed array has results that came by another way
  }

  finish(): Out[] {
    // an input may have changed its length while it was read
    this.#results.length = this.#end;
    return this.#results;
  }
}

function putNumbers(results: number[], first: number, values: Float64Array): void {
  const { length } = values;
  if (first === results.length) for (let i = 0; i < length; i++) results.push(asSmallInteger(values[i]!));
  else for (let i = 0; i < length; i++) results[first + i] = asSmallInteger(values[i]!);
}

/** A typed array, given or to be made. */
export class TypedArrayCollector implements Collector<unknown, TypedArray> {
  readonly anyOrder = true;
  #array: TypedArray;
  readonly #growing: TypedArrayConstructor | undefined;
  #end = 0;

  /**
   * @param into - the array, or the class of the one to be made.
   * @param length - number of items, where it is known.
   */
  constructor(into: TypedArray | TypedArrayConstructor, length: number | undefined) {
    this.#growing = isTypedArray(into) ? undefined : into;
    this.#array = isTypedArray(into) ? into : makeTypedArray(into, length ?? 0);
  }

  append(value: unknown): void {
    this.put(this.#end, [value]);
  }

  put(first: number, values: ArrayLike<unknown>): void {
    const end = first + values.length;
    this.#makeRoom(end);
    const array = this.#array;
    if (values instanceof Float64Array && !holdsBigints(array)) array.set(values, first);
    else {
      const wanted = holdsBigints(array) ? "bigint" : "number";
      for (let i = 0; i < values.length; i++) {
        const value = values[i];
        if (typeof value !== wanted) throw new TypeError(misfit(array, first + i, value, wanted));
        (array as Float64Array)[first + i] = value as number;
      }
    }
    this.#end = Math.max(this.#end, end);
  }

  skip(first: number, count: number): void {
    this.#end = Math.max(this.#end, first + count);
  }

  finish(): TypedArray {
    if (this.#growing && this.#array.length !== this.#end) return this.#array.slice(0, this.#end);
    return this.#array;
  }

  #makeRoom(length: number): void {
    if (length <= this.#array.length) return;
    if (!this.#growing) throw tooShort(this.#array, `more than ${this.#array.length}`);
    const larger = makeTypedArray(this.#growing, Math.max(length, this.#array.length * 2, 256));
    (larger as Float64Array).set(this.#array as Float64Array);
    this.#array = larger;
  }
}

/** The error for an array with fewer places than there are results. */
export function tooShort(into: TypedArray, results: number | string): InvalidArgumentError {
  return new InvalidArgumentError(
    "into",
    into,
    `long enough for ${results} results (it has ${into.length} places)`,
  );
}

function misfit(array: TypedArray, index: number, value: unknown, wanted: string): string {
  const kind = value === null ? "null" : typeof value;
  return `the result of item ${index} is of type ${kind}: a ${array[Symbol.toStringTag]} takes each as a ${wanted}`;
}

/** Nothing: the results are not wanted. */
export class NothingCollector implements Collector<unknown, void> {
  readonly anyOrder = true;

  append(): void {
    // not wanted
  }

  put(): void {
    // not wanted
  }

  skip(): void {
    // not wanted
  }

  finish(): void {
    // nothing was kept
  }
}
