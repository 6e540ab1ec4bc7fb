import { InvalidArgumentError } from "../../errors.js";
import type { NDArray } from "../array/ndarray.js";
import { contiguousStrides } from "../array/shape.js";
import { asBooleans, numbersOf } from "./numbers.js";
import { fromStrided } from "./strided.js";

/** What we use of an array of the package `numpy-ts`. */
export interface NumpyTsLike {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: unknown;
  readonly flags: { readonly C_CONTIGUOUS: boolean; readonly OWNDATA: boolean };
  copy(): NumpyTsLike;
}

/**
 * A new array of the elements of one of the package [numpy-ts](https://github.com/dupontcyborg/numpy-ts), whose memory
 * no other thread can reach: it is copied once, a view twice. `int64` and `uint64` become `float64` if that holds all of
 * them exactly. The other way is `np.array(a.typed).reshape(a.shape)`.
 *
 * @throws InvalidArgumentError for what is no such array, and for types that there are not here; MemoryError where there is
 *   no room.
 */
export function fromNumpyTs(array: NumpyTsLike): NDArray {
  const given: Partial<NumpyTsLike> | null = array;
  if (typeof given !== "object" || given === null || typeof given.flags !== "object" || !("data" in given)) {
    throw new InvalidArgumentError("array", array, "an array of the package numpy-ts");
  }
  const { shape, dtype } = array;
  if (!/^(?:float|u?int|bool)/.test(dtype)) {
    throw new InvalidArgumentError("array.dtype", dtype, "a type of real numbers or booleans");
  }
  // where a view begins, it does not tell
  const { C_CONTIGUOUS, OWNDATA } = array.flags;
  const { data } = C_CONTIGUOUS && OWNDATA ? array : array.copy();
  const numbers = numbersOf("array.data", data);
  const elements = dtype === "bool" ? asBooleans(numbers) : numbers;
  return fromStrided(elements, { shape, strides: contiguousStrides(shape), offset: 0 }, "array");
}
