/**
 * How the elements of an array come to lie as a kernel wants them: as they are where that can be, else by a copy.
 *
 * @module
 */
import { copyPlaces, type Place } from "../array/copy.js";
import type { NDArray } from "../array/ndarray.js";
import { contiguousStrides } from "../array/shape.js";
import type { Steps } from "../crew/steps.js";
import { dtypes } from "../dtype.js";
import type { Scratch } from "./scratch.js";

/** Adjacent elements along three axes, of which an operation goes along the middle one. */
export interface Slab {
  readonly address: number;
  readonly outer: number;
  readonly n: number;
  readonly inner: number;
}

export const product = (lengths: readonly number[]): number => {
  let total = 1;
  for (const length of lengths) total *= length;
  return total;
};

/** Whether the elements are adjacent if the axes are taken in this order. */
function isAdjacent(a: NDArray, order: readonly number[]): boolean {
  let expected = 1;
  for (let k = order.length - 1; k >= 0; k--) {
    const length = a.shape[order[k]!]!;
    if (length !== 1 && a.strides[order[k]!] !== expected) return false;
    expected *= length;
  }
  return true;
}

/** Where the elements begin, if they fill a range of memory in whatever order. */
function rangeOf(a: NDArray): number | undefined {
  const order = a.shape.map((_, axis) => axis).filter((axis) => a.shape[axis] !== 1);
  order.sort((x, y) => Math.abs(a.strides[x]!) - Math.abs(a.strides[y]!));
  let [expected, start] = [1, 0];
  for (const axis of order) {
    if (Math.abs(a.strides[axis]!) !== expected) return undefined;
    if (a.strides[axis]! < 0) start += a.strides[axis]! * (a.shape[axis]! - 1);
    expected *= a.shape[axis]!;
  }
  return a.address + start * dtypes[a.dtype].itemsize;
}

/** What a kernel can do along which axis, and whether the order of elements matters to it. */
export interface Abilities {
  /** It goes along the middle one of three axes; otherwise along the last one only. */
  readonly columns?: boolean;
  /** Its result is the same whatever the order of the elements it reduces, but for rounding. */
  readonly unordered?: boolean;
}

/** The elements such that those along `axes` are reduced for each combination of the other axes. */
export function* slabOf(
  a: NDArray,
  axes: readonly number[],
  scratch: Scratch,
  { columns, unordered }: Abilities = {},
): Steps<Slab> {
  if (axes.length === a.shape.length) {
    if (a.isContiguous) return { address: a.address, outer: 1, n: a.size, inner: 1 };
    const address = unordered ? rangeOf(a) : undefined;
    if (address !== undefined) return { address, outer: 1, n: a.size, inner: 1 };
  }
  const kept = a.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const n = product(axes.map((axis) => a.shape[axis]!));
  const outer = product(kept.map((axis) => a.shape[axis]!));
  const last = [...kept, ...axes];
  if (isAdjacent(a, last)) return { address: a.address, outer, n, inner: 1 };
  if (columns) {
    if (isAdjacent(a, [...axes, ...kept])) return { address: a.address, outer: 1, n, inner: outer };
    if (a.isContiguous && axes.every((axis, k) => axis === axes[0]! + k)) {
      const before = product(a.shape.slice(0, axes[0]));
      return { address: a.address, outer: before, n, inner: outer / before };
    }
  }
  return { address: yield* gather(a, last, scratch), outer, n, inner: 1 };
}

/** The address of all elements, adjacent in the order of these axes: where they are, or of a copy. */
export function* adjacent(a: NDArray, order: readonly number[], scratch: Scratch): Steps<number> {
  return isAdjacent(a, order) ? a.address : yield* gather(a, order, scratch);
}

/** The address of all elements in the order of their indices: where they are, or of a copy. */
export function* contiguous(a: NDArray, scratch: Scratch): Steps<number> {
  return a.isContiguous ? a.address : yield* gather(a, inOrder(a), scratch);
}

export const inOrder = (a: NDArray): number[] => a.shape.map((_, axis) => axis);

function* gather(a: NDArray, order: readonly number[], scratch: Scratch): Steps<number> {
  const address = scratch.take(a.size * dtypes[a.dtype].itemsize);
  if (a.size > 0) {
    const { shape, own, adjacent } = placesOf(a, order, address);
    yield* copyPlaces(scratch.heap, a.dtype, shape, own, adjacent);
  }
  return address;
}

/** Copies adjacent elements, which are in the order of these axes, to where the array has them. */
export function* scatter(
  address: number,
  a: NDArray,
  order: readonly number[],
  scratch: Scratch,
): Steps<void> {
  if (a.size === 0) return;
  const { shape, own, adjacent } = placesOf(a, order, address);
  yield* copyPlaces(scratch.heap, a.dtype, shape, adjacent, own);
}

/** Where the elements of an array are with its axes in this order, and where they are if adjacent from an address on. */
function placesOf(
  a: NDArray,
  order: readonly number[],
  address: number,
): { shape: number[]; own: Place; adjacent: Place } {
  const shape = order.map((axis) => a.shape[axis]!);
  return {
    shape,
    own: { address: a.address, strides: order.map((axis) => a.strides[axis]!) },
    adjacent: { address, strides: contiguousStrides(shape) },
  };
}
