import { InvalidArgumentError } from "../../errors.js";

/** Arrays have no more axes than this: as NumPy's until its second version. */
export const maxAxes = 32;

/** A shape as callers may give it: lengths of all axes, or the length of the only one. */
export type ShapeLike = number | readonly number[];

/** How many elements an array of this shape has; 1 if it has no axes. */
export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

const oneStride: readonly number[] = Object.freeze([1]);

/** The strides of an array whose elements lie in the order of their indices, the last axis the fastest. */
export function contiguousStrides(shape: readonly number[]): readonly number[] {
  if (shape.length === 1) return oneStride;
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** Whether elements lie one after the other in the order of their indices, wherever the first one is. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  if (shape.includes(0)) return true;
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis]!;
    if (length !== 1 && strides[axis] !== expected) return false;
    expected *= length;
  }
  return true;
}

/** Whether shapes are the same. */
export function sameShape(one: readonly number[], other: readonly number[]): boolean {
  if (one.length !== other.length) return false;
  for (let axis = 0; axis < one.length; axis++) if (one[axis] !== other[axis]) return false;
  return true;
}

/** A shape as Python prints it: `(2, 3)`, `(4,)`, `()`. */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}

/**
 * A shape that an array can have, in a new frozen list.
 * @throws InvalidArgumentError for what is not a whole number or a list of them, for negative ones, for more than
 *   32 axes, and for more elements than numbers can count. Whether there is memory is another question.
 */
export function checkShape(argument: string, value: unknown): readonly number[] {
  const given: unknown = typeof value === "number" ? [value] : value;
  if (!Array.isArray(given)) {
    throw new InvalidArgumentError(
      argument,
      value,
      "a whole number, or an array of them: a length for each axis",
    );
  }
  checkAxisCount(argument, given.length);
  const shape = Array.from(given as readonly unknown[], (length, axis) => {
    if (typeof length === "number" && Number.isSafeInteger(length) && length >= 0) return length + 0;
    const name = typeof value === "number" ? argument : `${argument}[${axis}]`;
    throw new InvalidArgumentError(
      name,
      length,
      "a whole number of at least 0: how many elements an axis has",
    );
  });
  // an axis of length 0 must not hide that the others are too many: strides are made of them
  const most = shape.reduce((product, length) => product * Math.max(length, 1), 1);
  if (!Number.isSafeInteger(most)) {
    throw new InvalidArgumentError(argument, shapeText(shape), "of fewer than 2 ** 53 elements");
  }
  return Object.freeze(shape);
}

/** @throws InvalidArgumentError for more axes than arrays can have. */
export function checkAxisCount(argument: string, count: number): void {
  if (count > maxAxes) throw new InvalidArgumentError(argument, count, `of at most ${maxAxes} axes`);
}

/**
 * The number of an axis, counted from 0, where negative ones count from the last.
 * @throws InvalidArgumentError for an axis that an array of so many axes does not have.
 */
export function normalizeAxis(axis: unknown, axes: number, argument = "axis"): number {
  if (typeof axis === "number" && Number.isInteger(axis) && axis >= -axes && axis < axes) {
    return axis < 0 ? axis + axes : axis + 0;
  }
  const expected =
    axes === 0
      ? "left out: the array has no axes"
      : `an axis of the array: a whole number from ${-axes} to ${axes - 1}`;
  throw new InvalidArgumentError(argument, axis, expected);
}

/**
 * Several axes, each counted from 0, in the order in which they are given. One may be given as a number.
 * @throws InvalidArgumentError for an axis that there is not, and for one that is given twice.
 */
export function normalizeAxes(axes: unknown, count: number, argument = "axis"): number[] {
  if (!Array.isArray(axes)) return [normalizeAxis(axes, count, argument)];
  const found = axes.map((axis, k) => normalizeAxis(axis, count, `${argument}[${k}]`));
  const twice = found.findIndex((axis, k) => found.indexOf(axis) !== k);
  if (twice >= 0)
    throw new InvalidArgumentError(`${argument}[${twice}]`, axes[twice], "an axis not named before");
  return found;
}
