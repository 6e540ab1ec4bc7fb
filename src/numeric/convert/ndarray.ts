import { InvalidArgumentError } from "../../errors.js";
import { NDArray } from "../array/ndarray.js";
import type { DTypeOfTyped } from "../creation/from.js";
import type { Typed } from "../creation/typed.js";
import type { DType, TypedArrayOf } from "../dtype.js";
import { numbersOf } from "./numbers.js";
import { fromStrided } from "./strided.js";

/** What there is to know of an array of the package `ndarray`, and of those that look like it. */
export interface NdarrayLike<D = unknown> {
  readonly data: D;
  readonly shape: readonly number[];
  /** In elements. */
  readonly stride: readonly number[];
  /** In elements. */
  readonly offset: number;
}

/**
 * A new array of the elements of one of the package [ndarray](https://github.com/scijs/ndarray). It is copied once; a
 * view whose elements do not lie one after the other twice.
 *
 * @throws InvalidArgumentError for what is no such array, or has its elements neither in a typed array nor in a list of
 *   numbers; MemoryError where there is no room.
 */
export function fromNdarray<D extends Typed>(array: NdarrayLike<D>): NDArray<DTypeOfTyped<D>>;
export function fromNdarray(array: NdarrayLike): NDArray;
export function fromNdarray(array: NdarrayLike): NDArray {
  const given: Partial<NdarrayLike> | null = array;
  if (typeof given !== "object" || given === null || !("stride" in given) || !("data" in given)) {
    throw new InvalidArgumentError(
      "array",
      array,
      "an array of the package ndarray: data, shape, stride and offset",
    );
  }
  const { shape, stride, offset } = array;
  return fromStrided(numbersOf("array.data", array.data), { shape, strides: stride, offset }, "array");
}

/**
 * An array of the package [ndarray](https://github.com/scijs/ndarray) over the same memory, with the same strides:
 * nothing is copied. The memory stays as long as its `data` does.
 *
 * @param ndarray - the function that the package exports.
 *
 * @example
 * ```ts
 * import ndarray from "ndarray";
 * const image = toNdarray(zeros([480, 640], { dtype: "uint8" }), ndarray);
 * ```
 */
export function toNdarray<T extends DType, R>(
  array: NDArray<T>,
  ndarray: (data: TypedArrayOf<T>, shape: number[], stride: number[], offset: number) => R,
): R {
  if (!(array instanceof NDArray)) throw new InvalidArgumentError("array", array, "an NDArray");
  if (typeof ndarray !== "function") {
    throw new InvalidArgumentError("ndarray", ndarray, "the function that the package ndarray exports");
  }
  return ndarray(array.elements, [...array.shape], [...array.strides], array.offset);
}
