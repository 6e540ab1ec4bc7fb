import { InvalidArgumentError } from "../../errors.js";
import { checkInteger, checkOptionNames } from "../../validate.js";
import { NDArray } from "../array/ndarray.js";
import { type ScalarOf, storedValue } from "../array/scalar.js";
import { checkShape, type ShapeLike } from "../array/shape.js";
import type { DType } from "../dtype.js";
import { type DTypeOptions, dtypeOption } from "./options.js";

/**
 * A new array of zeros; of `false`, if its type is `bool`.
 *
 * @param shape - the length of each axis; a number is the length of the only one.
 * @param options - `dtype`, else `float64`.
 * @throws InvalidArgumentError for what is no shape or no type; MemoryError where there is no room for it.
 *
 * @example
 * ```ts
 * const image = zeros([1080, 1920, 3], { dtype: "uint8" });
 * ```
 */
export function zeros<T extends DType = "float64">(shape: ShapeLike, options?: DTypeOptions<T>): NDArray<T> {
  return filled(shape, dtypeOption(options, "float64"), 0);
}

/** A new array of ones; of `true`, if its type is `bool`. Else as {@link zeros}. */
export function ones<T extends DType = "float64">(shape: ShapeLike, options?: DTypeOptions<T>): NDArray<T> {
  return filled(shape, dtypeOption(options, "float64"), 1);
}

/**
 * A new array of whatever its memory held before: for arrays that are going to be filled anyway. Of `bool` arrays all
 * elements are `false`, as other bytes than 0 and 1 must not be in them. Else as {@link zeros}.
 */
export function empty<T extends DType = "float64">(shape: ShapeLike, options?: DTypeOptions<T>): NDArray<T> {
  const dtype = dtypeOption(options, "float64");
  return dtype === "bool" ? filled(shape, dtype, 0) : NDArray.allocate(dtype, checkShape("shape", shape));
}

/**
 * A new array whose elements are all this value.
 *
 * @param options - `dtype`, else `float64` for a number and `bool` for a boolean.
 * @throws InvalidArgumentError for a value that the type does not hold. Else as {@link zeros}.
 */
export function full<T extends DType>(
  shape: ShapeLike,
  value: number | boolean,
  options: DTypeOptions<T> & { readonly dtype: T },
): NDArray<T>;
export function full<V extends number | boolean>(
  shape: ShapeLike,
  value: V,
): NDArray<V extends boolean ? "bool" : "float64">;
export function full(shape: ShapeLike, value: number | boolean, options?: DTypeOptions): NDArray;
export function full(shape: ShapeLike, value: number | boolean, options?: DTypeOptions): NDArray {
  return filled(shape, dtypeOption(options, typeof value === "boolean" ? "bool" : "float64"), value);
}

/** A new array of zeros, of the shape of another one, and of its type unless `dtype` names one. */
export function zerosLike<T extends DType>(a: NDArray, options: { readonly dtype: T }): NDArray<T>;
export function zerosLike<T extends DType>(a: NDArray<T>, options?: DTypeOptions<T>): NDArray<T>;
export function zerosLike(a: NDArray, options?: DTypeOptions): NDArray {
  return fullLike(a, 0, options);
}

/** A new array of ones, of the shape of another one, and of its type unless `dtype` names one. */
export function onesLike<T extends DType>(a: NDArray, options: { readonly dtype: T }): NDArray<T>;
export function onesLike<T extends DType>(a: NDArray<T>, options?: DTypeOptions<T>): NDArray<T>;
export function onesLike(a: NDArray, options?: DTypeOptions): NDArray {
  return fullLike(a, 1, options);
}

/**
 * A new array whose elements are all this value, of the shape of another one, and of its type unless `dtype` names one.
 *
 * @throws InvalidArgumentError for a value that the type does not hold. Else as {@link zeros}.
 */
export function fullLike<T extends DType>(
  a: NDArray,
  value: number | boolean,
  options: { readonly dtype: T },
): NDArray<T>;
export function fullLike<T extends DType>(
  a: NDArray<T>,
  value: ScalarOf<T> | number,
  options?: DTypeOptions<T>,
): NDArray<T>;
export function fullLike(a: NDArray, value: number | boolean, options?: DTypeOptions): NDArray;
export function fullLike(a: NDArray, value: number | boolean, options?: DTypeOptions): NDArray {
  if (!(a instanceof NDArray)) throw new InvalidArgumentError("a", a, "an NDArray");
  return filled(a.shape, dtypeOption(options, a.dtype), value);
}

/** Options of {@link eye}. */
export interface EyeOptions<T extends DType = DType> extends DTypeOptions<T> {
  /** Which diagonal: 0, the default, is the main one, positive ones are above it, negative ones below. */
  readonly k?: number | undefined;
}

/**
 * A new array of two axes with ones on a diagonal and zeros elsewhere.
 *
 * @param rows - how many rows.
 * @param columns - how many columns: as many as rows, if left out.
 * @throws as {@link zeros}.
 */
export function eye<T extends DType = "float64">(rows: number, options?: EyeOptions<T>): NDArray<T>;
export function eye<T extends DType = "float64">(
  rows: number,
  columns: number,
  options?: EyeOptions<T>,
): NDArray<T>;
export function eye<T extends DType = "float64">(
  rows: number,
  second?: number | EyeOptions<T>,
  third?: EyeOptions<T>,
): NDArray<T> {
  const [columns, options] =
    typeof second === "object" && third === undefined
      ? [rows, second]
      : [(second as number | undefined) ?? rows, third];
  const dtype: T = dtypeOption(options, "float64", ["k"]);
  const k = options?.k ?? 0;
  checkInteger("k", k, Number.MIN_SAFE_INTEGER);
  const result = filled([checkInteger("rows", rows, 0), checkInteger("columns", columns, 0)], dtype, 0);
  const length = Math.min(rows + Math.min(k, 0), columns - Math.max(k, 0));
  const { typed } = result;
  const first = k >= 0 ? k : -k * columns;
  for (let n = 0; n < length; n++) typed[first + n * (columns + 1)] = 1;
  return result;
}

/** A new square array with ones on its main diagonal and zeros elsewhere. @throws as {@link zeros}. */
export function identity<T extends DType = "float64">(n: number, options?: DTypeOptions<T>): NDArray<T> {
  checkOptionNames("options", options, ["dtype"]);
  return eye(checkInteger("n", n, 0), n, options);
}

function filled<T extends DType>(shape: ShapeLike, dtype: T, value: number | boolean): NDArray<T> {
  const checked = checkShape("shape", shape);
  const stored = storedValue(dtype, value, "value");
  const result = NDArray.allocate(dtype, checked);
  result.typed.fill(stored);
  return result;
}
