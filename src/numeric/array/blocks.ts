import { InvalidArgumentError, InvalidStateError } from "../../errors.js";
import { checkInteger } from "../../validate.js";
import type { DType } from "../dtype.js";
import { NDArray } from "./ndarray.js";

/**
 * An array in pieces along its first axis, as views of the same memory: the items of a `map` whose tasks work on the array
 * in place. Nothing is copied, here or on the way to a thread.
 * @param array - of one dimension at least.
 * @param size - how long each piece is along the first axis; the last one has what is left.
 * @throws InvalidArgumentError
 * @throws InvalidStateError for an array that was disposed.
 * @example
 * await pool.map((rows) => void addSync(rows, 1, { out: rows }), blocks(image, 64));
 */
export function blocks<T extends DType>(array: NDArray<T>, size: number): NDArray<T>[] {
  if (!(array instanceof NDArray) || array.shape.length === 0)
    throw new InvalidArgumentError("array", array, "an NDArray of one dimension at least");
  checkInteger("size", size, 1);
  const { block, dtype, shape, strides, offset } = array;
  if (block.disposed) throw new InvalidStateError("this array was disposed, and has no memory any more");
  const [length, ...rest] = shape as readonly [number, ...number[]];
  const base = array.base ?? array;
  const pieces: NDArray<T>[] = [];
  for (let from = 0; from < length; from += size) {
    const rows = Math.min(size, length - from);
    pieces.push(new NDArray(block, dtype, [rows, ...rest], strides, offset + from * strides[0]!, base));
  }
  return pieces;
}
