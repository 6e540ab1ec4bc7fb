import { InvalidArgumentError } from "../../errors.js";
import { checkOneOf, checkOptionNames } from "../../validate.js";
import { NDArray } from "../array/ndarray.js";
import type { DType } from "../dtype.js";
import { product } from "../layout/arrange.js";
import { checkArray, checkAxes } from "../layout/axes.js";
import type { AnyReductionOptions } from "./types.js";

/** Of what a reduction is, and what becomes of it. */
export interface Target {
  readonly axes: readonly number[];
  readonly shape: readonly number[];
  /** Whether the result is one number, not an array. */
  readonly scalar: boolean;
  /** How many results there are, of how many elements each. */
  readonly results: number;
  readonly elements: number;
}

/**
 * @param least - how many elements each result needs: whoever has fewer is refused.
 * @throws InvalidArgumentError
 */
export function targetOf(
  a: NDArray,
  options: AnyReductionOptions | undefined,
  names: readonly string[] = [],
  least = 0,
): Target {
  checkArray("a", a);
  if (options) checkOptionNames("options", options, ["axis", "keepdims", ...names]);
  else if (a.size >= least) return whole(a);
  const { axis, keepdims = false } = options ?? {};
  if (typeof keepdims !== "boolean") throw new InvalidArgumentError("keepdims", keepdims, "true or false");
  const axes = checkAxes("axis", axis, a.shape.length);
  const shape = keepdims
    ? a.shape.map((length, k) => (axes.includes(k) ? 1 : length))
    : a.shape.filter((_, k) => !axes.includes(k));
  const results = product(shape);
  const elements = product(axes.map((k) => a.shape[k]!));
  if (elements < least && results > 0) {
    throw new InvalidArgumentError(
      "a",
      a,
      `an array with at least ${least} ${least === 1 ? "element" : "elements"} along the axes that are reduced (its shape is [${a.shape.join(", ")}])`,
    );
  }
  return { axes, shape, scalar: axis === undefined && !keepdims, results, elements };
}

const allAxes: readonly (readonly number[])[] = Array.from({ length: 8 }, (_, dimensions) =>
  Array.from({ length: dimensions }, (_, axis) => axis),
);

/** What most calls are of, without a look at axes. */
function whole(a: NDArray): Target {
  const axes = allAxes[a.shape.length] ?? a.shape.map((_, axis) => axis);
  return { axes, shape: [], scalar: true, results: 1, elements: a.size };
}

/** The type of results with a fraction. */
export function floatOf(a: NDArray, options: AnyReductionOptions | undefined): "float64" | "float32" {
  if (options?.dtype !== undefined) return checkOneOf("dtype", options.dtype, ["float64", "float32"]);
  return a.dtype === "float32" ? "float32" : "float64";
}

/** A number as an array of this type would hold it. */
export const rounded = (value: number, dtype: DType): number =>
  dtype === "float32" ? Math.fround(value) : value;

/** Gives an array to fill, or the one number that it has been filled with. */
export function filled<T extends DType>(dtype: T, shape: readonly number[], value: number): NDArray<T> {
  const out = NDArray.allocate(dtype, shape);
  out.typed.fill(value);
  return out;
}

/** Indices and counts are int32: what could go beyond is refused. */
export function checkCountable(a: NDArray): void {
  if (a.size > 0x7fff_ffff) {
    throw new InvalidArgumentError(
      "a",
      a,
      "an array of at most 2,147,483,647 elements, since counts are int32",
    );
  }
}
