import { InvalidArgumentError } from "../../errors.js";
import { checkInteger, checkOptionNames } from "../../validate.js";
import { NDArray } from "../array/ndarray.js";
import { chunksFor } from "../crew/chunks.js";
import type { Steps } from "../crew/steps.js";
import { type DType, dtypes } from "../dtype.js";
import { adjacent, inOrder, scatter } from "../layout/arrange.js";
import { checkArray, checkAxis } from "../layout/axes.js";
import { asynchronous, synchronous } from "../layout/forms.js";
import { Scratch } from "../layout/scratch.js";
import { suffixOf } from "../reductions/fold.js";
import { checkCountable } from "../reductions/target.js";
import { sortedRows } from "./records.js";

/** Which elements are looked for. */
export interface TopkOptions {
  /** Along which axis; negative numbers count from the last. Default: -1. */
  readonly axis?: number | undefined;
  /** The greatest ones, or the least ones. Default: true. */
  readonly largest?: boolean | undefined;
}

/** Elements and where they were. */
export interface Top<T extends DType> {
  readonly values: NDArray<T>;
  readonly indices: NDArray<"int32">;
}

/** Elements of a piece of a row that is looked through by one thread. */
const pieceElements = 1 << 16;

/** The first k indices of each row in the wanted order. */
function* topOfRows(
  a: NDArray,
  address: number,
  rows: number,
  n: number,
  k: number,
  out: number,
  largest: boolean,
  scratch: Scratch,
): Steps<void> {
  const { heap } = scratch;
  const suffix = suffixOf(a.dtype);
  if (k * 16 > n) {
    const order = scratch.take(rows * n * 4);
    yield* sortedRows("argsort", a.dtype, address, rows, n, order, scratch, largest);
    const indices = new Int32Array(heap.bytes(Math.max(order + rows * n * 4, out + rows * k * 4)).buffer);
    for (let row = 0; row < rows; row++) {
      indices.copyWithin(out / 4 + row * k, order / 4 + row * n, order / 4 + row * n + k);
    }
    return;
  }
  const pieces = Math.max(1, Math.min(Math.floor(n / pieceElements), Math.floor(n / (4 * k))));
  const heaps = scratch.take(rows * pieces * k * 16);
  const args = [address, rows, n, k, pieces, heaps, largest ? 1 : 0];
  const chunks = Math.min(chunksFor(rows * n), rows * pieces);
  yield { heap, kernel: `top_pieces_${suffix}`, args, chunks };
  const merging = Math.min(chunksFor(rows * pieces * k, 16), rows);
  yield { heap, kernel: "top_merge", args: [rows, k, pieces, heaps, out], chunks: merging };
}

function* topSteps(a: NDArray, k: number, axis: number, largest: boolean): Steps<Top<DType>> {
  const shape = a.shape.with(axis, k);
  const values = NDArray.allocate(a.dtype, shape);
  const indices = NDArray.allocate("int32", shape);
  if (values.size === 0) return { values, indices };
  const scratch = new Scratch(a.block.heap);
  try {
    const n = a.shape[axis]!;
    const rows = a.size / n;
    const order = [...inOrder(a).filter((each) => each !== axis), axis];
    const from = yield* adjacent(a, order, scratch);
    const { itemsize } = dtypes[a.dtype];
    const inPlace = axis === a.shape.length - 1;
    const found = inPlace ? indices.address : scratch.take(indices.size * 4);
    const taken = inPlace ? values.address : scratch.take(values.size * itemsize);
    yield* topOfRows(a, from, rows, n, k, found, largest, scratch);
    yield {
      heap: scratch.heap,
      kernel: `take_${itemsize}`,
      args: [from, rows, n, found, k, taken, 1],
      chunks: chunksFor(rows * k),
    };
    if (!inPlace) {
      yield* scatter(found, indices, order, scratch);
      yield* scatter(taken, values, order, scratch);
    }
    return { values, indices };
  } finally {
    scratch.free();
  }
}

function planTopk(a: NDArray, k: number, options: TopkOptions = {}): Steps<Top<DType>> {
  checkArray("a", a);
  checkOptionNames("options", options, ["axis", "largest"]);
  const { largest = true } = options;
  if (typeof largest !== "boolean") throw new InvalidArgumentError("largest", largest, "true or false");
  if (a.shape.length === 0) throw new InvalidArgumentError("a", a, "an array with at least one axis");
  checkCountable(a);
  const axis = checkAxis("axis", options.axis ?? -1, a.shape.length);
  if (checkInteger("k", k, 0) > a.shape[axis]!) {
    throw new InvalidArgumentError("k", k, `at most ${a.shape[axis]!}, the length of the axis`);
  }
  return topSteps(a, k, axis, largest);
}

/** The first elements in order. */
export type Topk = <T extends DType>(a: NDArray<T>, k: number, options?: TopkOptions) => Promise<Top<T>>;
/** The form of {@link Topk} that returns the result. */
export type TopkSync = <T extends DType>(a: NDArray<T>, k: number, options?: TopkOptions) => Top<T>;

/**
 * The `k` greatest elements along an axis, the greatest first, or the least ones; of equal ones the first. NaN is
 * greater than any number, as in `sort`. The name is PyTorch's: NumPy has no such function.
 * @throws InvalidArgumentError
 */
export const topk = asynchronous(planTopk) as Topk;
/** {@link topk}, with the result at once. */
export const topkSync = synchronous(planTopk) as TopkSync;
