import { chunksFor } from "../crew/chunks.js";
import type { Job, Steps } from "../crew/steps.js";
import { type DType, dtypes } from "../dtype.js";
import type { Heap } from "../memory/heap.js";
import { broadcastStrides } from "./broadcast.js";
import type { NDArray } from "./ndarray.js";
import { sizeOf } from "./shape.js";

/** A job has 64 numbers: three for each axis, and three more. */
const mostAxes = 20;

/** An axis that both sides of a copy have, with steps in bytes. */
interface Axis {
  readonly length: number;
  readonly source: number;
  readonly target: number;
}

/** Where elements are, along the axes of a shape that goes with it: an address, and steps in elements. */
export interface Place {
  readonly address: number;
  readonly strides: readonly number[];
}

/**
 * Copies the elements of one array into another one of the same type, whose shape is one to which the first broadcasts.
 * Their memory must not overlap, unless elements stay where they are.
 */
export function* copySteps(source: NDArray, target: NDArray): Steps<void> {
  if (target.size === 0) return;
  const strides = broadcastStrides(source.shape, source.strides, target.shape);
  const { heap } = target.block;
  yield* copyPlaces(heap, target.dtype, target.shape, { address: source.address, strides }, target);
  // no finalizer may give their memory back before the work is done
  void source.block.address;
  void target.block.address;
}

/** Copies elements of a type and shape, of which there is at least one, from one place to another. */
export function* copyPlaces(
  heap: Heap,
  dtype: DType,
  shape: readonly number[],
  source: Place,
  target: Place,
): Steps<void> {
  const { itemsize } = dtypes[dtype];
  const axes = merged(
    shape.map((length, axis) => ({
      length,
      source: source.strides[axis]! * itemsize,
      target: target.strides[axis]! * itemsize,
    })),
  );
  const kernel = `copy_tiles_${itemsize}`;
  const chunks = chunksFor(sizeOf(shape));
  for (const { args } of jobs(axes, source.address, target.address)) yield { heap, kernel, args, chunks };
}

/** The fewest axes that go over the same pairs of elements, the best one for the innermost loop last. */
function merged(axes: readonly Axis[]): Axis[] {
  const sorted = axes
    .filter(({ length }) => length !== 1)
    .toSorted((a, b) => Math.abs(b.target) - Math.abs(a.target) || Math.abs(b.source) - Math.abs(a.source));
  const result: Axis[] = [];
  for (const axis of sorted) {
    const outer = result.at(-1);
    const { length, source, target } = axis;
    if (outer && outer.source === source * length && outer.target === target * length) {
      result[result.length - 1] = { length: outer.length * length, source, target };
    } else result.push(axis);
  }
  // the next to last is the one along which the source lies closest, so that tiles are compact on both sides
  const rows = result.slice(0, -1);
  const closest = rows.reduce<Axis | undefined>(
    (best, axis) => (best && Math.abs(best.source) <= Math.abs(axis.source) ? best : axis),
    undefined,
  );
  if (closest) rows.splice(rows.indexOf(closest), 1);
  const one: Axis = { length: 1, source: 0, target: 0 };
  return [...rows, closest ?? one, result.at(-1) ?? one];
}

/** What a kernel can take at once, of any number of axes. */
function* jobs(axes: readonly Axis[], source: number, target: number): Generator<Pick<Job, "args">> {
  if (axes.length > mostAxes) {
    const [first, ...rest] = axes as readonly [Axis, ...Axis[]];
    for (let k = 0; k < first.length; k++) {
      yield* jobs(rest, source + k * first.source, target + k * first.target);
    }
    return;
  }
  yield {
    args: [
      source,
      target,
      axes.length,
      ...axes.map((axis) => axis.length),
      ...axes.map((axis) => axis.source),
      ...axes.map((axis) => axis.target),
    ],
  };
}
