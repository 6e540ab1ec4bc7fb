import { InvalidArgumentError } from "../../errors.js";
import { NDArray } from "../array/ndarray.js";
import { canCast, promote } from "../array/promotion.js";
import { storedValue, storerOf } from "../array/scalar.js";
import { checkAxisCount, shapeText } from "../array/shape.js";
import { type DType, dtypes, type TypedArrayOf } from "../dtype.js";
import { type DTypeOptions, dtypeOption } from "./options.js";
import { dtypeOfTyped, isTyped, type Typed } from "./typed.js";

/** Lists of numbers or booleans, of lists of them, and so on; a list of numbers may be a typed array. */
export type NestedInput = number | boolean | Typed | readonly NestedInput[];

/** Numbers, lists of them, lists of those, and so on; none is a typed array. */
export type NestedNumbers = number | readonly NestedNumbers[];

/** The type of an array that is made from a typed array. */
export type DTypeOfTyped<A> = A extends Float64Array
  ? "float64"
  : A extends Float32Array
    ? "float32"
    : A extends Int32Array
      ? "int32"
      : A extends Uint32Array
        ? "uint32"
        : A extends Int16Array
          ? "int16"
          : A extends Uint16Array
            ? "uint16"
            : A extends Int8Array
              ? "int8"
              : A extends Uint8Array | Uint8ClampedArray
                ? "uint8"
                : DType;

/**
 * A new array from what there is: NumPy's `array`. The elements are copied once.
 *
 * @param source - nested arrays, where each level is an axis; a typed array, whose type is kept; another NDArray; or
 *   anything that iterates over such. A number or a boolean makes an array without axes.
 * @param options - `dtype`, else that of typed arrays and NDArrays, `float64` for numbers and `bool` for booleans; of
 *   several of them the type that holds all. Integer types take the whole part of numbers.
 * @throws InvalidArgumentError for lists of different lengths at one level and for elements that are neither numbers nor
 *   booleans, with the place, and for numbers that the type does not hold; MemoryError where there is no room.
 *
 * @example
 * ```ts
 * from([[1, 2, 3], [4, 5, 6]]).shape; // [2, 3]
 * from(new Uint8Array(4)).dtype; // "uint8"
 * from([true, false]).dtype; // "bool"
 * ```
 */
export function from<T extends DType>(
  source: NestedInput | NDArray | Iterable<NestedInput>,
  options: DTypeOptions<T> & { readonly dtype: T },
): NDArray<T>;
export function from<T extends DType>(source: NDArray<T>): NDArray<T>;
export function from<A extends Typed>(source: A): NDArray<DTypeOfTyped<A>>;
export function from(source: NestedNumbers): NDArray<"float64">;
export function from(source: NestedInput | Iterable<NestedInput>): NDArray;
export function from(source: NestedInput | NDArray | Iterable<NestedInput>, options?: DTypeOptions): NDArray {
  const wanted = dtypeOption(options, "float64");
  const dtype = options?.dtype === undefined ? undefined : wanted;
  if (source instanceof NDArray) return fromArray(source, dtype ?? source.dtype);
  const list = typeof source === "object" && !isList(source) ? iterated(source) : source;
  const shape: number[] = [];
  for (let level: unknown = list; isList(level); level = level[0]) {
    shape.push(level.length);
    checkAxisCount("source", shape.length);
    if (level.length === 0) break;
  }
  const own = dtype ?? dtypeOf(list, shape.length) ?? "float64";
  const result = NDArray.allocate(own, shape);
  try {
    new Filler(result, "source").fill(list, 0);
  } catch (error) {
    result.dispose();
    throw error;
  }
  return result;
}

type List = readonly unknown[] | Typed;

function isList(value: unknown): value is List {
  return Array.isArray(value) || isTyped(value);
}

function iterated(source: object): readonly unknown[] {
  const iterable = source as Partial<Iterable<unknown>> | null;
  if (typeof iterable?.[Symbol.iterator] === "function") return Array.from(iterable as Iterable<unknown>);
  throw new InvalidArgumentError("source", source, "nested arrays of numbers, a typed array, or an iterable");
}

/** Elements of an array, cast as `storedValue` does. */
function fromArray(source: NDArray, dtype: DType): NDArray {
  if (source.dtype === dtype) return source.copy();
  const elements = source.isContiguous ? source : source.copy();
  const result = NDArray.allocate(dtype, source.shape);
  try {
    fillFrom(result.typed, dtype, elements.typed, elements.dtype, "source");
    return result;
  } catch (error) {
    result.dispose();
    throw error;
  } finally {
    if (elements !== source) elements.dispose();
  }
}

/** Puts the elements of a typed array into another one. */
export function fillFrom(
  target: TypedArrayOf<DType>,
  dtype: DType,
  source: ArrayLike<number>,
  sourceType: DType,
  argument: string,
): void {
  if (canCast(sourceType, dtype) || dtypes[dtype].kind === "float") target.set(source);
  else {
    const stored = storerOf(dtype);
    let k = 0;
    const place = (): string => `${argument}[${k}]`;
    for (; k < source.length; k++) target[k] = stored(source[k], place);
  }
}

/** The type that holds all that is in a list; undefined of a list without elements. */
function dtypeOf(value: unknown, depth: number): DType | undefined {
  if (typeof value === "boolean") return "bool";
  if (isTyped(value)) return dtypeOfTyped(value);
  if (!Array.isArray(value)) return "float64";
  let found: DType | undefined;
  for (const part of value as readonly unknown[]) {
    const own = depth > 0 ? dtypeOf(part, depth - 1) : "float64";
    if (own !== undefined) found = found === undefined ? own : promote<DType, DType>(found, own);
    if (found === "float64") break;
  }
  return found;
}

/** Goes through nested lists, and writes what is in them. */
class Filler {
  readonly #typed: TypedArrayOf<DType>;
  readonly #dtype: DType;
  readonly #shape: readonly number[];
  readonly #path: (string | number)[];
  #next = 0;

  constructor(target: NDArray, name: string) {
    this.#typed = target.typed;
    this.#dtype = target.dtype;
    this.#shape = target.shape;
    this.#path = [name];
  }

  fill(value: unknown, axis: number): void {
    if (axis === this.#shape.length) this.#fillOne(value);
    else if (!isList(value) || value.length !== this.#shape[axis]) throw this.#ragged(value, axis);
    else if (isTyped(value)) this.#fillTyped(value, axis);
    else if (axis + 1 === this.#shape.length) this.#fillRow(value);
    else {
      for (const [k, part] of value.entries()) {
        this.#path.push(k);
        this.fill(part, axis + 1);
        this.#path.pop();
      }
    }
  }

  #fillRow(values: readonly unknown[]): void {
    const typed = this.#typed;
    const stored = storerOf(this.#dtype);
    let k = 0;
    const place = (): string => `${this.#place()}[${k}]`;
    for (; k < values.length; k++) {
      const value = values[k];
      if (typeof value === "object" && isList(value)) {
        throw this.#ragged(value, this.#shape.length, place());
      }
      typed[this.#next++] = stored(value, place);
    }
  }

  #fillOne(value: unknown): void {
    if (isList(value)) throw this.#ragged(value, this.#shape.length);
    this.#typed[this.#next++] = storedValue(this.#dtype, value, () => this.#place());
  }

  #fillTyped(value: Typed, axis: number): void {
    if (axis + 1 !== this.#shape.length) throw this.#ragged(value, axis);
    const part = this.#typed.subarray(this.#next, this.#next + value.length);
    fillFrom(part, this.#dtype, value, dtypeOfTyped(value), this.#place());
    this.#next += value.length;
  }

  #place(): string {
    return this.#path.map((part, k) => (k === 0 ? part : `[${part}]`)).join("");
  }

  #ragged(value: unknown, axis: number, place = this.#place()): InvalidArgumentError {
    const wanted = axis === this.#shape.length ? "a number or a boolean" : `a list of ${this.#shape[axis]}`;
    return new InvalidArgumentError(
      place,
      value,
      `${wanted}, as the first ones are: together they have the shape ${shapeText(this.#shape)}`,
    );
  }
}
