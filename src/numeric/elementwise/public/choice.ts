import { InvalidArgumentError } from "../../../errors.js";
import type { NDArray } from "../../array/ndarray.js";
import type { Promoted, Scalar } from "../../array/promotion.js";
import { checkDType, type DType } from "../../dtype.js";
import type { OutOption } from "../apply.js";
import { asyncForm, syncForm } from "../forms.js";
import * as arithmetic from "../operations/arithmetic.js";
import { rounded } from "../operations/floating.js";
import { cast } from "../operations/truth.js";
import type { ElementwiseAnswer, ElementwiseForm, IntoOption } from "../types.js";

/** One of two values for each element of a condition. */
export interface WhereOperation<F extends ElementwiseForm> {
  <O extends DType>(
    condition: NDArray | boolean,
    a: NDArray | Scalar,
    b: NDArray | Scalar,
    options: IntoOption<O>,
  ): ElementwiseAnswer<F, O>;
  <A extends DType, B extends DType>(
    condition: NDArray | boolean,
    a: NDArray<A>,
    b: NDArray<B>,
    options?: { readonly out?: undefined },
  ): ElementwiseAnswer<F, Promoted<A, B>>;
  (condition: NDArray | boolean, a: NDArray | Scalar, b: NDArray | Scalar): ElementwiseAnswer<F, DType>;
}

/** Values between two bounds, each an array or a number. */
export interface ClipOperation<F extends ElementwiseForm> {
  <O extends DType>(
    a: NDArray,
    low: NDArray | Scalar,
    high: NDArray | Scalar,
    options: IntoOption<O>,
  ): ElementwiseAnswer<F, O>;
  <A extends "float64" | "float32">(
    a: NDArray<A>,
    low: number,
    high: number,
    options?: { readonly out?: undefined },
  ): ElementwiseAnswer<F, A>;
  (a: NDArray, low: NDArray | Scalar, high: NDArray | Scalar): ElementwiseAnswer<F, DType>;
}

/** a where the condition is other than 0, else b. */
export const where: WhereOperation<"async"> = asyncForm(arithmetic.where, 3);
/** a where the condition is other than 0, else b. At once: {@link where} leaves the event loop free. */
export const whereSync: WhereOperation<"sync"> = syncForm(arithmetic.where, 3);

/** Not less than `low`, and not greater than `high`; where these cross, `high`. */
export const clip: ClipOperation<"async"> = asyncForm(arithmetic.clip, 3);
/** Not less than `low`, and not greater than `high`. At once: {@link clip} leaves the event loop free. */
export const clipSync: ClipOperation<"sync"> = syncForm(arithmetic.clip, 3);

function checkDecimals(decimals: unknown): number {
  if (typeof decimals === "number" && Number.isInteger(decimals) && Math.abs(decimals) <= 300)
    return decimals;
  throw new InvalidArgumentError("decimals", decimals, "a whole number from -300 to 300");
}

/**
 * Rounded to so many decimals, halves to the even digit. Integers stay integers.
 * @param decimals - 0 by default; a negative number rounds places before the point.
 * @throws InvalidArgumentError
 */
export function round<A extends DType>(
  a: NDArray<A>,
  decimals = 0,
  options?: OutOption,
): Promise<NDArray<A>> {
  return asyncForm(rounded(checkDecimals(decimals)), 1)(a, options);
}

/** As {@link round}, at once. @throws InvalidArgumentError */
export function roundSync<A extends DType>(a: NDArray<A>, decimals = 0, options?: OutOption): NDArray<A> {
  return syncForm(rounded(checkDecimals(decimals)), 1)(a, options);
}

/**
 * A copy with elements of another type. Floats lose their fraction when they become integers; a number that 32 bits can't
 * hold becomes the nearest that they can, smaller integers keep its lower bits, and what is not a number becomes 0.
 * @throws InvalidArgumentError
 */
export function astype<T extends DType>(a: NDArray, dtype: T): Promise<NDArray<T>> {
  return asyncForm(cast(checkDType("dtype", dtype)), 1)(a);
}

/** As {@link astype}, at once. @throws InvalidArgumentError */
export function astypeSync<T extends DType>(a: NDArray, dtype: T): NDArray<T> {
  return syncForm(cast(checkDType("dtype", dtype)), 1)(a);
}
