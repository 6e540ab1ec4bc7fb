import { InvalidArgumentError } from "../../errors.js";
import { broadcastShapes, broadcastStrides } from "../array/broadcast.js";
import { NDArray } from "../array/ndarray.js";
import { promote } from "../array/promotion.js";
import { shapeText } from "../array/shape.js";
import type { DType } from "../dtype.js";

/** A stack of matrices, as one operand of a product gives it. */
export interface Matrices {
  readonly array: NDArray;
  /** How many different matrices there are. */
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  /** From row to row, and along a row, in elements. */
  readonly rowStride: number;
  readonly columnStride: number;
  /** Where each matrix begins, in elements from the array's first. */
  readonly offsets: readonly number[];
}

/** What a product is of. */
export interface Product {
  readonly left: Matrices;
  readonly right: Matrices;
  /** Which matrix of each side belongs to each product. */
  readonly pairs: readonly (readonly [left: number, right: number])[];
  readonly dtype: DType;
  /** Of the result. */
  readonly shape: readonly number[];
}

/** @throws InvalidArgumentError for what is no array; InvalidStateError for one that was disposed. */
export function checkOperand(name: string, value: unknown): NDArray {
  if (!(value instanceof NDArray)) throw new InvalidArgumentError(name, value, "an NDArray");
  // throws if it is gone
  void value.block.address;
  return value as NDArray;
}

/**
 * NumPy's rules: the last two axes are matrices, those in front are broadcast; of vectors the left one counts as a row,
 * the right one as a column, and the result lacks that axis.
 * @throws InvalidArgumentError that names both shapes.
 */
export function productOf(a: NDArray, b: NDArray): Product {
  if (a.ndim === 0 || b.ndim === 0) {
    const [name, array] = a.ndim === 0 ? ["a", a] : ["b", b];
    throw new InvalidArgumentError(
      name,
      array,
      "an array of at least one axis; multiply by an element instead",
    );
  }
  const left = a.ndim === 1 ? a.reshape([1, a.size], { copy: false }) : a;
  const right = b.ndim === 1 ? rightColumn(b) : b;
  const [rows, length] = left.shape.slice(-2) as [number, number];
  const [otherLength, columns] = right.shape.slice(-2) as [number, number];
  if (length !== otherLength) {
    throw new InvalidArgumentError(
      "b",
      shapeText(b.shape),
      `of a shape that fits ${shapeText(a.shape)}: the last axis of the first operand is as long as the last but one of the other`,
    );
  }
  const front = broadcastShapes(left.shape.slice(0, -2), right.shape.slice(0, -2));
  const shape = [...front, ...(a.ndim === 1 ? [] : [rows]), ...(b.ndim === 1 ? [] : [columns])];
  const one = matricesOf(left);
  const two = matricesOf(right);
  const ofOne = indices(left.shape.slice(0, -2), front);
  const ofTwo = indices(right.shape.slice(0, -2), front);
  return {
    left: one,
    right: two,
    pairs: ofOne.map((index, k) => [index, ofTwo[k]!] as const),
    dtype: promote<DType, DType>(a.dtype, b.dtype),
    shape,
  };
}

function rightColumn(b: NDArray): NDArray {
  return new NDArray(b.block, b.dtype, [b.size, 1], [b.strides[0]!, 1], b.offset, b.base ?? b);
}

function matricesOf(array: NDArray): Matrices {
  const { shape, strides } = array;
  const offsets = offsetsOf(shape.slice(0, -2), strides.slice(0, -2));
  return {
    array,
    count: offsets.length,
    rows: shape.at(-2)!,
    columns: shape.at(-1)!,
    rowStride: strides.at(-2)!,
    columnStride: strides.at(-1)!,
    offsets,
  };
}

/** The distance of every element of a shape from the first, in order. */
function offsetsOf(shape: readonly number[], strides: readonly number[]): number[] {
  let offsets = [0];
  for (const [axis, length] of shape.entries()) {
    offsets = offsets.flatMap((offset) => Array.from({ length }, (_, i) => offset + i * strides[axis]!));
  }
  return offsets;
}

/** For each index of a shape that an array is broadcast to, which of the array's own it is. */
function indices(own: readonly number[], front: readonly number[]): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (const length of own.toReversed()) {
    strides.unshift(stride);
    stride *= length;
  }
  return offsetsOf(front, broadcastStrides(own, strides, front));
}
