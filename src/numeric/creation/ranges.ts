import { InvalidArgumentError } from "../../errors.js";
import { checkBoolean, checkInteger, checkOptionNames } from "../../validate.js";
import { NDArray } from "../array/ndarray.js";
import { rangeOf } from "../array/promotion.js";
import { type DType, dtypes } from "../dtype.js";
import { type DTypeOptions, dtypeOption } from "./options.js";

/**
 * A new array of evenly spaced numbers, from `start` on, short of `stop`: Python's `range`. The numbers are the same as
 * NumPy's, bit for bit. With steps that are no whole numbers, {@link linspace} tells better how many there are going to
 * be.
 *
 * @param start - 0, if only `stop` is given.
 * @param step - 1, if left out; negative ones count downwards.
 * @param options - `dtype`, else `float64`.
 * @throws InvalidArgumentError for a number that is not finite, a step of 0, and numbers that the type does not hold;
 *   MemoryError where there is no room for so many.
 *
 * @example
 * ```ts
 * arange(4); // 0, 1, 2, 3
 * arange(1, 8, 3, { dtype: "int32" }); // 1, 4, 7
 * ```
 */
export function arange<T extends DType = "float64">(stop: number, options?: DTypeOptions<T>): NDArray<T>;
export function arange<T extends DType = "float64">(
  start: number,
  stop: number,
  options?: DTypeOptions<T>,
): NDArray<T>;
export function arange<T extends DType = "float64">(
  start: number,
  stop: number,
  step: number,
  options?: DTypeOptions<T>,
): NDArray<T>;
export function arange(...given: readonly unknown[]): NDArray {
  const hasOptions = typeof given.at(-1) !== "number";
  const numbers = (hasOptions ? given.slice(0, -1) : given) as readonly number[];
  const dtype = dtypeOption((hasOptions ? given.at(-1) : undefined) as DTypeOptions | undefined, "float64");
  const [start = 0, stop, step = 1] = numbers.length === 1 ? [0, ...numbers] : numbers;
  checkFinite("start", start);
  checkFinite("stop", stop);
  checkFinite("step", step);
  if (step === 0) throw new InvalidArgumentError("step", step, "other than 0");
  const size = Math.max(0, Math.ceil((stop! - start) / step));
  if (dtype === "bool" && size > 2) {
    throw new InvalidArgumentError("dtype", dtype, "a type of numbers, for more than two elements");
  }
  // as NumPy has it: what is between the first two elements, in their type, is between all
  const own = toType(dtype);
  const first = own(start);
  const delta = own(own(start + step) - first);
  checkHeld("start", dtype, Math.trunc(start));
  if (size > 1) {
    checkHeld("step", dtype, Math.trunc(start + step));
    checkHeld("stop", dtype, first + (size - 1) * delta);
  }
  const result = NDArray.allocate(dtype, [size]);
  const { typed } = result;
  if (dtype === "float32") {
    for (let k = 0; k < size; k++) typed[k] = first + Math.fround(Math.fround(k) * delta);
  } else for (let k = 0; k < size; k++) typed[k] = first + k * delta;
  return result;
}

/** Options of {@link linspace}. */
export interface LinspaceOptions<T extends DType = DType> extends DTypeOptions<T> {
  /** Whether `stop` is the last number, which it is by default. */
  readonly endpoint?: boolean | undefined;
}

/**
 * A new array of `num` evenly spaced numbers from `start` to `stop`, the same as NumPy's, bit for bit. Of integer types
 * each is rounded down.
 *
 * @param num - how many: 50, if left out.
 * @throws InvalidArgumentError for a number that is not finite, and numbers that the type does not hold; MemoryError
 *   where there is no room for so many.
 *
 * @example
 * ```ts
 * linspace(0, 1, 5); // 0, 0.25, 0.5, 0.75, 1
 * linspace(0, 1, 4, { endpoint: false }); // 0, 0.25, 0.5, 0.75
 * ```
 */
export function linspace<T extends DType = "float64">(
  start: number,
  stop: number,
  num = 50,
  options?: LinspaceOptions<T>,
): NDArray<T> {
  checkFinite("start", start);
  checkFinite("stop", stop);
  checkInteger("num", num, 0);
  const dtype = dtypeOption(options, "float64", ["endpoint"]);
  const endpoint = options?.endpoint === undefined || checkBoolean("endpoint", options.endpoint);
  const whole = dtypes[dtype].kind === "signed" || dtypes[dtype].kind === "unsigned";
  if (dtype !== "bool" && num > 0) {
    checkHeld("start", dtype, Math.floor(start));
    if (num > 1) checkHeld("stop", dtype, Math.floor(stop));
  }
  const result = NDArray.allocate(dtype, [num]);
  const { typed } = result;
  const delta = stop - start;
  const parts = endpoint ? num - 1 : num;
  const step = delta / parts;
  const store = dtype === "bool" ? (x: number) => Number(x !== 0) : whole ? Math.floor : (x: number) => x;
  for (let k = 0; k < num; k++) {
    const way = parts <= 0 ? k * delta : step === 0 ? (k / parts) * delta : k * step;
    typed[k] = store(way + start);
  }
  if (endpoint && num > 1) typed[num - 1] = store(stop);
  return result;
}

/**
 * The coordinates of a grid: for each of these arrays of one axis, an array over all of the grid that has its numbers
 * along one axis and repeats them along all others. The results have memory of their own.
 *
 * @param options - `indexing`: `"xy"`, the default, has the first array along the second axis and the second one along
 *   the first, as pictures have x and y; `"ij"` has each along the axis of its own number.
 * @throws InvalidArgumentError for arrays of more than one axis; MemoryError where there is no room.
 */
export function meshgrid<T extends DType>(
  arrays: readonly NDArray<T>[],
  options: { readonly indexing?: "xy" | "ij" | undefined } = {},
): NDArray<T>[] {
  checkOptionNames("options", options, ["indexing"]);
  const { indexing = "xy" } = options;
  if (indexing !== "xy" && indexing !== "ij")
    throw new InvalidArgumentError("indexing", indexing, '"xy" or "ij"');
  if (!Array.isArray(arrays)) throw new InvalidArgumentError("arrays", arrays, "a list of arrays");
  for (const [k, array] of arrays.entries()) {
    if (!(array instanceof NDArray) || array.ndim > 1)
      throw new InvalidArgumentError(`arrays[${k}]`, array, "an NDArray of one axis");
  }
  const axisOf = (k: number): number => (indexing === "xy" && k < 2 && arrays.length > 1 ? 1 - k : k);
  const shape = new Array<number>(arrays.length);
  for (const [k, array] of arrays.entries()) shape[axisOf(k)] = array.size;
  return arrays.map((array, k) => {
    const own = shape.map((_, axis) => (axis === axisOf(k) ? array.size : 1));
    return array.reshape(own).broadcastTo(shape).copy();
  });
}

function checkFinite(argument: string, value: unknown): void {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw new InvalidArgumentError(argument, value, "a finite number");
  }
}

function checkHeld(argument: string, dtype: DType, value: number): void {
  const [least, most] = rangeOf(dtype);
  if (value < least || value > most) {
    throw new InvalidArgumentError(
      argument,
      value,
      `such that all elements are from ${least} to ${most}, which ${dtype} holds`,
    );
  }
}

function toType(dtype: DType): (x: number) => number {
  if (dtype === "float64") return (x) => x;
  return dtype === "float32" ? Math.fround : Math.trunc;
}
