/**
 * Products of arrays.
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.js";
import { checkInteger, checkOptionNames } from "../../validate.js";
import type { NDArray } from "../array/ndarray.js";
import type { Promoted } from "../array/promotion.js";
import { type ScalarOf, scalarOf } from "../array/scalar.js";
import { shapeText } from "../array/shape.js";
import { run, runSync } from "../crew/steps.js";
import { type DType, dtypes } from "../dtype.js";
import { productStepsBy } from "./blas/product.js";
import { type BlasOptions, blasChoice } from "./blas/setting.js";
import { checkOperand, type Product, productOf } from "./operands.js";
import { dotSteps, normSteps, outerSteps } from "./vectors.js";

/**
 * The product of two matrices, or of stacks of them: NumPy's `matmul`, on every core. The event loop goes on meanwhile.
 *
 * The last two axes are the matrices; those in front are broadcast. A vector on the left counts as a row, one on the right
 * as a column, and the result lacks that axis: of two vectors it has none. Views of any strides are taken as they are.
 * Elements are of the promoted type; integers wrap around, truth values are joined by `and` and `or`.
 *
 * Products of floats of 2 ** 20 terms or more are computed by the system's BLAS where there is one: see {@link setBlas}.
 * The kernels of this package add the terms of an element in the order of their index, however many threads there are.
 * Where the engine has relaxed SIMD (Node 22 and newer), a product and its sum are rounded once if the processor can do
 * that: the last bits of floats may differ from one machine to another, not from one call to another.
 *
 * @param a - of shape `[..., m, k]` or `[k]`.
 * @param b - of shape `[..., k, n]` or `[k]`.
 * @param options - `blas`: `"auto"` or `"none"` for this call.
 * @returns of shape `[..., m, n]`, less the axes of vectors.
 * @throws InvalidArgumentError for arrays without axes and for shapes that do not fit, from the call.
 * @throws InvalidStateError for an array that was disposed.
 * @throws MemoryError where the result, or copies of both operands, find no room.
 * @throws LibraryLoadError if the environment variable `UNGIL_BLAS` names a library that can't be used.
 * @example
 * const c = await matmul(a, b.transpose());
 */
export function matmul<A extends DType, B extends DType>(
  a: NDArray<A>,
  b: NDArray<B>,
  options?: BlasOptions,
): Promise<NDArray<Promoted<A, B>>> {
  return run(productStepsBy(blasChoice(options), checkProduct(a, b))) as Promise<NDArray<Promoted<A, B>>>;
}

/** As {@link matmul}, here and now: this thread takes part. */
export function matmulSync<A extends DType, B extends DType>(
  a: NDArray<A>,
  b: NDArray<B>,
  options?: BlasOptions,
): NDArray<Promoted<A, B>> {
  return runSync(productStepsBy(blasChoice(options), checkProduct(a, b))) as NDArray<Promoted<A, B>>;
}

/**
 * The sum of the products of two vectors' elements: NumPy's `dot` of vectors; {@link matmul} is that of all else. The
 * event loop goes on meanwhile. Blocks of 8,192 products are added, then their sums in pairs: the result is the same bits
 * for any number of threads. Of `float32`, blocks of 1,024 are added as such, and these in `float64`.
 *
 * @param a - of one axis.
 * @param b - of one axis, as long.
 * @throws InvalidArgumentError for other shapes, from the call.
 * @throws InvalidStateError for an array that was disposed.
 * @throws MemoryError where copies of what is no contiguous vector of the promoted type find no room.
 */
export function dot<A extends DType, B extends DType>(
  a: NDArray<A>,
  b: NDArray<B>,
): Promise<ScalarOf<Promoted<A, B>>> {
  const product = checkDot(a, b);
  return run(dotSteps(a as NDArray, b as NDArray, product)).then((value) =>
    scalarOf(product.dtype as Promoted<A, B>, value),
  );
}

/** As {@link dot}, here and now. */
export function dotSync<A extends DType, B extends DType>(
  a: NDArray<A>,
  b: NDArray<B>,
): ScalarOf<Promoted<A, B>> {
  const product = checkDot(a, b);
  return scalarOf(product.dtype as Promoted<A, B>, runSync(dotSteps(a as NDArray, b as NDArray, product)));
}

/**
 * Each element of one array by each of the other: NumPy's `outer`. The event loop goes on meanwhile.
 * @param a - of any shape; its elements are taken in the order of their indices.
 * @param b - likewise.
 * @returns of shape `[a.size, b.size]`.
 * @throws InvalidArgumentError, InvalidStateError, MemoryError as {@link matmul} does.
 */
export function outer<A extends DType, B extends DType>(
  a: NDArray<A>,
  b: NDArray<B>,
): Promise<NDArray<Promoted<A, B>>> {
  return run(outerSteps(checkOperand("a", a), checkOperand("b", b))) as Promise<NDArray<Promoted<A, B>>>;
}

/** As {@link outer}, here and now. */
export function outerSync<A extends DType, B extends DType>(
  a: NDArray<A>,
  b: NDArray<B>,
): NDArray<Promoted<A, B>> {
  return runSync(outerSteps(checkOperand("a", a), checkOperand("b", b))) as NDArray<Promoted<A, B>>;
}

/**
 * The root of the sum of the squares of all elements: NumPy's `linalg.norm` without options, which is the 2-norm of a
 * vector and the Frobenius norm of a matrix. It overflows where a square does, as NumPy's. The event loop goes on
 * meanwhile; the result is the same bits for any number of threads.
 * @throws InvalidArgumentError, InvalidStateError, MemoryError as {@link dot} does.
 */
export function norm(a: NDArray): Promise<number> {
  return run(normSteps(checkOperand("a", a)));
}

/** As {@link norm}, here and now. */
export function normSync(a: NDArray): number {
  return runSync(normSteps(checkOperand("a", a)));
}

/**
 * The sum of the elements on a diagonal of a matrix: NumPy's `trace`. It reads few elements, so that it has no
 * asynchronous form. Integers are added as `float64`, which is exact up to 2 ** 53.
 * @param options - `offset`: which diagonal; those above the main one have positive numbers.
 * @throws InvalidArgumentError for an array that has not two axes; InvalidStateError for one that was disposed.
 */
export function trace(a: NDArray, options: { readonly offset?: number | undefined } = {}): number {
  const { elements, shape, strides, offset: first, dtype } = checkOperand("a", a);
  checkOptionNames("options", options, ["offset"]);
  if (shape.length !== 2) throw new InvalidArgumentError("a", shapeText(shape), "an array of two axes");
  const offset = options.offset === undefined ? 0 : checkInteger("offset", options.offset, -(2 ** 31));
  const [rows, columns] = shape as [number, number];
  const [row, column] = strides as [number, number];
  const [down, across] = [Math.max(-offset, 0), Math.max(offset, 0)];
  let total = 0;
  for (let i = 0; i + down < rows && i + across < columns; i++) {
    total += elements[first + (i + down) * row + (i + across) * column]!;
    if (dtypes[dtype].suffix === "f32") total = Math.fround(total);
  }
  return total;
}

function checkProduct(a: unknown, b: unknown): Product {
  return productOf(checkOperand("a", a), checkOperand("b", b));
}

function checkDot(a: unknown, b: unknown): Product {
  for (const [name, array] of [
    ["a", checkOperand("a", a)],
    ["b", checkOperand("b", b)],
  ] as const) {
    if (array.ndim !== 1)
      throw new InvalidArgumentError(
        name,
        shapeText(array.shape),
        "a vector, of one axis; matmul takes all else",
      );
  }
  return checkProduct(a, b);
}
