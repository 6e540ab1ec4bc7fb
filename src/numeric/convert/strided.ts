import { InvalidArgumentError } from "../../errors.js";
import { NDArray } from "../array/ndarray.js";
import { checkShape, isContiguous, sizeOf } from "../array/shape.js";
import type { Numbers } from "./numbers.js";

/** Where the elements of another package's array are, in its data. */
export interface ForeignLayout {
  readonly shape: unknown;
  readonly strides: unknown;
  readonly offset: unknown;
}

/**
 * An array of the elements of another package's: in one copy where they lie one after the other, else in two.
 * @throws InvalidArgumentError where a part of them is not in the data.
 */
export function fromStrided({ data, dtype }: Numbers, layout: ForeignLayout, argument: string): NDArray {
  const shape = checkShape(`${argument}.shape`, layout.shape);
  const strides = checkStrides(`${argument}.stride`, layout.strides, shape.length);
  const offset: unknown = layout.offset;
  if (typeof offset !== "number" || !Number.isSafeInteger(offset)) {
    throw new InvalidArgumentError(`${argument}.offset`, offset, "a whole number");
  }
  if (sizeOf(shape) === 0) return NDArray.allocate(dtype, shape);
  let [least, most] = [offset, offset];
  for (const [axis, stride] of strides.entries()) {
    const reach = (shape[axis]! - 1) * stride;
    if (reach < 0) least += reach;
    else most += reach;
  }
  if (least < 0 || most >= data.length) {
    throw new InvalidArgumentError(
      `${argument}.data`,
      data,
      `of elements ${least} to ${most}, as shape, stride and offset say; it has ${data.length}`,
    );
  }
  const part = data.subarray(least, most + 1);
  const span = NDArray.allocate(dtype, [part.length]);
  span.typed.set(part);
  if (isContiguous(shape, strides)) return new NDArray(span.block, dtype, shape, strides, 0);
  const result = new NDArray(span.block, dtype, shape, strides, offset - least).copy();
  span.dispose();
  return result;
}

function checkStrides(argument: string, value: unknown, axes: number): readonly number[] {
  const strides: unknown = Array.isArray(value) ? Array.from(value as readonly unknown[]) : value;
  if (
    Array.isArray(strides) &&
    strides.length === axes &&
    strides.every((each) => Number.isSafeInteger(each))
  ) {
    return strides as readonly number[];
  }
  throw new InvalidArgumentError(argument, value, `a list of ${axes} whole numbers, one for each axis`);
}
