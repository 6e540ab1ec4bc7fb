import { InvalidArgumentError } from "../../errors.js";
import { NDArray } from "../array/ndarray.js";
import { promote } from "../array/promotion.js";
import { normalizeAxis, sameShape, shapeText } from "../array/shape.js";
import type { DType } from "../dtype.js";
import { from } from "./from.js";
import { type DTypeOptions, dtypeOption } from "./options.js";

/** Options of {@link concatenate} and {@link stack}. */
export interface JoinOptions<T extends DType = DType> extends DTypeOptions<T> {
  /** The axis along which they are joined: the first, if left out. Negative ones count from the last. */
  readonly axis?: number | undefined;
}

/**
 * A new array of the elements of several arrays, one behind the other along an axis that they have.
 *
 * @param arrays - at least one, of equal shapes but along the axis.
 * @param options - `axis`; `dtype`, else the one that holds the elements of all.
 * @throws InvalidArgumentError for no array, an axis that they do not have, shapes that differ elsewhere, and numbers that
 *   the type does not hold; MemoryError where there is no room.
 *
 * @example
 * ```ts
 * concatenate([zeros([2, 3]), ones([1, 3])]).shape; // [3, 3]
 * ```
 */
export function concatenate<T extends DType>(
  arrays: readonly NDArray[],
  options: JoinOptions<T> & { readonly dtype: T },
): NDArray<T>;
export function concatenate<T extends DType>(
  arrays: readonly NDArray<T>[],
  options?: JoinOptions<T>,
): NDArray<T>;
export function concatenate(arrays: readonly NDArray[], options?: JoinOptions): NDArray {
  const { dtype, first } = checked(arrays, options);
  const axis = normalizeAxis(options?.axis ?? 0, first.ndim);
  for (const [k, { shape }] of arrays.entries()) {
    if (shape.length === first.ndim && sameShape(shape.with(axis, 0), first.shape.with(axis, 0))) continue;
    throw new InvalidArgumentError(
      `arrays[${k}]`,
      shapeText(shape),
      `of the shape ${shapeText(first.shape)}, as the first one, but along axis ${axis}`,
    );
  }
  const length = arrays.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  const result = NDArray.allocate(dtype, first.shape.with(axis, length));
  let from = 0;
  for (const array of arrays) {
    const ranges = result.shape.map((_, k) =>
      k === axis ? ([from, from + array.shape[axis]!] as const) : null,
    );
    put(array, result.slice(...ranges));
    from += array.shape[axis]!;
  }
  return result;
}

/**
 * A new array of several arrays of one shape, one behind the other along a new axis.
 *
 * @param arrays - at least one, of equal shapes.
 * @param options - `axis`: the place of the new axis; `dtype`, else the one that holds the elements of all.
 * @throws InvalidArgumentError for no array, shapes that differ, a place that there is not, and numbers that the type does
 *   not hold; MemoryError where there is no room.
 *
 * @example
 * ```ts
 * stack([zeros(3), ones(3)]).shape; // [2, 3]
 * ```
 */
export function stack<T extends DType>(
  arrays: readonly NDArray[],
  options: JoinOptions<T> & { readonly dtype: T },
): NDArray<T>;
export function stack<T extends DType>(arrays: readonly NDArray<T>[], options?: JoinOptions<T>): NDArray<T>;
export function stack(arrays: readonly NDArray[], options?: JoinOptions): NDArray {
  const { dtype, first } = checked(arrays, options);
  for (const [k, { shape }] of arrays.entries()) {
    if (!sameShape(shape, first.shape)) {
      throw new InvalidArgumentError(
        `arrays[${k}]`,
        shapeText(shape),
        `of the shape ${shapeText(first.shape)}, as the first one`,
      );
    }
  }
  const axis = normalizeAxis(options?.axis ?? 0, first.ndim + 1);
  return concatenate(
    arrays.map((array) => array.expandDims(axis)),
    { axis, dtype },
  );
}

function checked(
  arrays: readonly NDArray[],
  options: JoinOptions | undefined,
): { readonly dtype: DType; readonly first: NDArray } {
  const list = Array.isArray(arrays) ? (arrays as readonly NDArray[]) : undefined;
  const [first, ...others] = list ?? [];
  if (first === undefined) throw new InvalidArgumentError("arrays", arrays, "a list of at least one NDArray");
  for (const [k, array] of [first, ...others].entries()) {
    if (!(array instanceof NDArray)) throw new InvalidArgumentError(`arrays[${k}]`, array, "an NDArray");
  }
  const common = promote(first.dtype, ...others.map(({ dtype }) => dtype));
  return { dtype: dtypeOption(options, common, ["axis"]), first };
}

/** Copies elements into a view, cast where the types differ. */
function put(source: NDArray, target: NDArray): void {
  if (source.dtype === target.dtype) {
    target.assign(source);
    return;
  }
  const cast = from(source, { dtype: target.dtype });
  target.assign(cast);
  cast.dispose();
}
