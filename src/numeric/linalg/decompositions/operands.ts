import { InvalidArgumentError } from "../../../errors.js";
import { NDArray } from "../../array/ndarray.js";
import { shapeText, sizeOf } from "../../array/shape.js";
import type { MixedSteps } from "../../crew/steps.js";
import type { DType } from "../../dtype.js";
import { applySteps, identity, plan } from "../../elementwise/apply.js";
import { checkOperand } from "../operands.js";
import { stayUntilHere } from "../scratch.js";

/** The type of results: float32 of float32, else float64. */
export type LinalgType<A extends DType, B extends DType = A> = A extends "float32"
  ? B extends "float32"
    ? "float32"
    : "float64"
  : "float64";

export const linalgType = (...arrays: readonly NDArray[]): "float64" | "float32" =>
  arrays.every(({ dtype }) => dtype === "float32") ? "float32" : "float64";

/** @throws InvalidArgumentError for what is no matrix, or stack of matrices; InvalidStateError for one that was disposed. */
export function checkMatrices(name: string, value: unknown): NDArray {
  const array = checkOperand(name, value);
  if (array.ndim < 2) {
    const expected = "an array of at least two axes, the last of which are those of matrices";
    throw new InvalidArgumentError(name, shapeText(array.shape), expected);
  }
  return array;
}

/** @throws InvalidArgumentError also for matrices that are not square. */
export function checkSquare(name: string, value: unknown): NDArray {
  const array = checkMatrices(name, value);
  if (array.shape.at(-1) !== array.shape.at(-2))
    throw new InvalidArgumentError(name, shapeText(array.shape), "square in its last two axes");
  return array;
}

/** The axes in front of the matrices. */
export const frontOf = ({ shape }: NDArray): readonly number[] => shape.slice(0, -2);

/** A new array of the elements of another one, broadcast to a shape. */
export function* copiedSteps<T extends DType>(
  source: NDArray,
  dtype: T,
  shape: readonly number[] = source.shape,
): MixedSteps<NDArray<T>> {
  const copy = NDArray.allocate(dtype, shape);
  if (copy.size === 0) return copy;
  try {
    yield* applySteps(plan(identity, [source.broadcastTo(shape)], { out: copy }));
    return copy;
  } catch (error) {
    copy.dispose();
    throw error;
  } finally {
    stayUntilHere(source);
  }
}

/** New arrays of the elements of others. */
export function* copiesSteps<T extends DType>(
  sources: readonly NDArray[],
  dtype: T,
): MixedSteps<NDArray<T>[]> {
  const copies: NDArray<T>[] = [];
  try {
    for (const source of sources) copies.push(yield* copiedSteps(source, dtype));
    return copies;
  } catch (error) {
    for (const copy of copies) copy.dispose();
    throw error;
  }
}

/** For each matrix of a stack, its part of arrays whose matrices lie one after the other, and its index for errors. */
export function* partsOf(
  front: readonly number[],
  ...arrays: readonly NDArray<"float64">[]
): Generator<{ readonly parts: readonly Float64Array[]; readonly name: string }> {
  const count = sizeOf(front);
  for (let k = 0; k < count; k++) {
    const parts = arrays.map(({ typed }) => {
      const length = typed.length / count;
      return typed.subarray(k * length, (k + 1) * length);
    });
    yield { parts, name: front.length === 0 ? "a" : `a.at(${indexOf(k, front).join(", ")})` };
  }
}

function indexOf(k: number, front: readonly number[]): number[] {
  let rest = k;
  return front
    .toReversed()
    .map((length) => {
      const index = rest % length;
      rest = (rest - index) / length;
      return index;
    })
    .toReversed();
}
