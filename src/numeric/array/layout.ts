/**
 * Where the elements of a view are: pure functions from one layout to another. None moves an element.
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.js";
import {
  checkAxisCount,
  contiguousStrides,
  isContiguous,
  normalizeAxes,
  normalizeAxis,
  shapeText,
  sizeOf,
} from "./shape.js";

/** A shape with where its elements are. */
export interface Layout {
  readonly shape: readonly number[];
  /** In elements. */
  readonly strides: readonly number[];
  /** Of the first element, in elements. */
  readonly offset: number;
}

/** Axes in another order: reversed where none is given. */
export function transposedLayout({ shape, strides, offset }: Layout, axes?: unknown): Layout {
  const count = shape.length;
  const order =
    axes === undefined ? shape.map((_, axis) => count - 1 - axis) : normalizeAxes(axes, count, "axes");
  if (order.length !== count) {
    throw new InvalidArgumentError("axes", axes, `a list of all ${count} axes in some order`);
  }
  return { shape: order.map((axis) => shape[axis]!), strides: order.map((axis) => strides[axis]!), offset };
}

/** Two axes in each other's place. */
export function swappedLayout(layout: Layout, one: unknown, other: unknown): Layout {
  const order = layout.shape.map((_, axis) => axis);
  const a = normalizeAxis(one, order.length, "axis1");
  const b = normalizeAxis(other, order.length, "axis2");
  order[a] = b;
  order[b] = a;
  return transposedLayout(layout, order);
}

/** The elements along some axes backwards: along all where none is given. */
export function flippedLayout({ shape, strides, offset }: Layout, axes?: unknown): Layout {
  const flipped = new Set(
    axes === undefined ? shape.map((_, axis) => axis) : normalizeAxes(axes, shape.length),
  );
  const last = [...flipped].reduce((sum, axis) => sum + Math.max(shape[axis]! - 1, 0) * strides[axis]!, 0);
  return {
    shape,
    // not -0, which is no stride that anybody expects
    strides: strides.map((stride, axis) => (flipped.has(axis) ? 0 - stride : stride)),
    offset: offset + last,
  };
}

/** Without axes of length 1: without all of them where none is given. */
export function squeezedLayout({ shape, strides, offset }: Layout, axes?: unknown): Layout {
  const gone = axes === undefined ? undefined : normalizeAxes(axes, shape.length);
  for (const axis of gone ?? []) {
    if (shape[axis] !== 1) {
      throw new InvalidArgumentError("axis", axis, `an axis of length 1; the shape is ${shapeText(shape)}`);
    }
  }
  const stays = (axis: number): boolean => (gone ? !gone.includes(axis) : shape[axis] !== 1);
  return {
    shape: shape.filter((_, axis) => stays(axis)),
    strides: strides.filter((_, axis) => stays(axis)),
    offset,
  };
}

/** With more axes of length 1, at these places of the new shape. */
export function expandedLayout({ shape, strides, offset }: Layout, axes: unknown): Layout {
  const count = shape.length + (Array.isArray(axes) ? axes.length : 1);
  checkAxisCount("axis", count);
  const added = new Set(normalizeAxes(axes, count));
  const own = shape.map((length, axis) => [length, strides[axis]!] as const).values();
  const all = Array.from({ length: count }, (_, axis) =>
    added.has(axis) ? ([1, 0] as const) : own.next().value!,
  );
  return { shape: all.map(([length]) => length), strides: all.map(([, stride]) => stride), offset };
}

/**
 * The same elements, in the same order, in another shape of the same size.
 * @returns undefined where they can't be had without moving them.
 */
export function reshapedLayout(layout: Layout, shape: readonly number[]): Layout | undefined {
  const { offset } = layout;
  if (isContiguous(layout.shape, layout.strides)) return { shape, strides: contiguousStrides(shape), offset };
  // axes of length 1 are nowhere; of the others, those that become others together have to lie evenly
  const axes = layout.shape.map((length, axis) => [length, layout.strides[axis]!] as const);
  const old = axes.filter(([length]) => length !== 1);
  const strides = new Array<number>(shape.length).fill(0);
  let next = 0;
  for (let first = 0; first < shape.length; ) {
    let end = first + 1;
    let wanted = shape[first]!;
    let had = 1;
    const from = next;
    while (wanted !== had || (had === 1 && end < shape.length && shape[end] === 1)) {
      if (had < wanted) had *= old[next++]![0];
      else wanted *= shape[end++]!;
    }
    for (let axis = from; axis + 1 < next; axis++) {
      if (old[axis]![1] !== old[axis + 1]![0] * old[axis + 1]![1]) return undefined;
    }
    let stride = next > from ? old[next - 1]![1] : 0;
    for (let axis = end - 1; axis >= first; axis--) {
      strides[axis] = stride;
      stride *= shape[axis]!;
    }
    first = end;
  }
  return { shape, strides, offset };
}

/** A shape for so many elements, of which one length may be -1: as many as are needed. */
export function completedShape(
  shape: readonly number[],
  size: number,
  argument = "shape",
): readonly number[] {
  const open = shape.indexOf(-1);
  const known = sizeOf(shape.filter((_, axis) => axis !== open));
  const rest = open < 0 ? 1 : known === 0 ? (size === 0 ? 0 : Number.NaN) : size / known;
  if (known * rest !== size || !Number.isInteger(rest)) {
    const of = `of ${size} elements in all, as the array has${open < 0 ? "" : " (-1 is what is left, a whole number)"}`;
    throw new InvalidArgumentError(argument, shapeText(shape), of);
  }
  return open < 0 ? shape : shape.with(open, rest);
}

/** Elements in nested arrays, one level for each axis. */
export function nestedValues({ shape, strides, offset }: Layout, read: (offset: number) => unknown): unknown {
  const part = (axis: number, from: number): unknown => {
    if (axis === shape.length) return read(from);
    const stride = strides[axis]!;
    const list = new Array<unknown>(shape[axis]!);
    for (let k = 0; k < list.length; k++) list[k] = part(axis + 1, from + k * stride);
    return list;
  };
  return part(0, offset);
}
