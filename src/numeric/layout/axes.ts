import { InvalidArgumentError } from "../../errors.js";
import { NDArray } from "../array/ndarray.js";
import { currentHeap } from "../memory/heap.js";

/** @throws InvalidArgumentError, InvalidStateError for what is no array, or was disposed. */
export function checkArray(argument: string, value: unknown): NDArray {
  if (!(value instanceof NDArray)) throw new InvalidArgumentError(argument, value, "an NDArray");
  void value.block.address;
  // kernels see one heap only, and results are made in this thread's (memory/README.md, rule 2)
  if (value.block.heap !== currentHeap())
    throw new InvalidArgumentError(
      argument,
      "an array from a thread that had made it before it met this one",
      "an array of this thread's memory: copy() makes one. All threads share one memory if the main thread imports ungil/numeric",
    );
  return value;
}

/** The number of an axis, counted from the first: negative ones count from the last. */
export function checkAxis(argument: string, value: unknown, dimensions: number): number {
  const axis = value as number;
  if (!Number.isInteger(value) || axis < -dimensions || axis >= dimensions) {
    throw new InvalidArgumentError(
      argument,
      value,
      dimensions === 0
        ? "left out for an array without axes"
        : `a whole number from ${-dimensions} to ${dimensions - 1}, for an array with ${dimensions} axes`,
    );
  }
  return axis < 0 ? axis + dimensions : axis;
}

/** Numbers of axes in ascending order; all of them where none are given. */
export function checkAxes(argument: string, value: unknown, dimensions: number): number[] {
  if (value === undefined) return Array.from({ length: dimensions }, (_, axis) => axis);
  if (!Array.isArray(value)) return [checkAxis(argument, value, dimensions)];
  const axes = value.map((each, k) => checkAxis(`${argument}[${k}]`, each, dimensions));
  if (new Set(axes).size < axes.length) {
    throw new InvalidArgumentError(argument, value, "a list that names no axis twice");
  }
  return axes.toSorted((a, b) => a - b);
}
