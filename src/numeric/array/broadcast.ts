/**
 * Broadcasting, by NumPy's rules: shapes are compared from their last axes on, and an axis that is missing or has length
 * 1 is repeated.
 * @see https://numpy.org/doc/stable/user/basics.broadcasting.html
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.js";
import { checkAxisCount, shapeText } from "./shape.js";

/**
 * The shape to which all of these shapes broadcast.
 * @throws InvalidArgumentError that names the shapes, where two lengths differ and neither is 1.
 */
export function broadcastShapes(...shapes: readonly (readonly number[])[]): number[] {
  let axes = 0;
  for (const shape of shapes) axes = Math.max(axes, shape.length);
  checkAxisCount("shapes", axes);
  const result = new Array<number>(axes).fill(1);
  for (const shape of shapes) {
    for (let k = 1; k <= shape.length; k++) {
      const length = shape[shape.length - k]!;
      if (length === 1 || length === result[axes - k]) continue;
      if (result[axes - k] !== 1) {
        throw new InvalidArgumentError(
          "shapes",
          shapes,
          `shapes that broadcast together, which ${shapes.map(shapeText).join(" ")} are not: along each axis, counted from the last, lengths have to be equal or 1`,
        );
      }
      result[axes - k] = length;
    }
  }
  return result;
}

/**
 * The strides with which an array of this shape and these strides is one of shape `toShape`: 0 along each axis that
 * is repeated.
 * @throws InvalidArgumentError that names both shapes, where the array does not broadcast to it.
 */
export function broadcastStrides(
  shape: readonly number[],
  strides: readonly number[],
  toShape: readonly number[],
): number[] {
  const added = toShape.length - shape.length;
  if (added < 0) throw notTo(shape, toShape);
  return toShape.map((length, axis) => {
    const own = axis < added ? 1 : shape[axis - added]!;
    if (own === length) return axis < added ? 0 : strides[axis - added]!;
    if (own !== 1) throw notTo(shape, toShape);
    return 0;
  });
}

/** Whether an array of this shape broadcasts to the other. */
export function broadcastsTo(shape: readonly number[], toShape: readonly number[]): boolean {
  const added = toShape.length - shape.length;
  return added >= 0 && shape.every((length, axis) => length === 1 || length === toShape[axis + added]);
}

function notTo(shape: readonly number[], toShape: readonly number[]): InvalidArgumentError {
  return new InvalidArgumentError(
    "shape",
    toShape,
    `a shape to which ${shapeText(shape)} broadcasts, which ${shapeText(toShape)} is not: it may have more axes in front, and other lengths only where that one has 1`,
  );
}
