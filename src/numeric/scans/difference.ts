import { InvalidArgumentError } from "../../errors.js";
import { checkInteger, checkOptionNames } from "../../validate.js";
import { NDArray } from "../array/ndarray.js";
import { chunksFor } from "../crew/chunks.js";
import type { Steps } from "../crew/steps.js";
import { type DType, dtypes } from "../dtype.js";
import { contiguous, product } from "../layout/arrange.js";
import { checkArray, checkAxis } from "../layout/axes.js";
import { asynchronous, synchronous } from "../layout/forms.js";
import { Scratch } from "../layout/scratch.js";

/** Between which elements differences are taken. */
export interface DiffOptions {
  /** How often: differences of differences for 2. Default: 1. */
  readonly n?: number | undefined;
  /** Along which axis; negative numbers count from the last. Default: -1. */
  readonly axis?: number | undefined;
}

function* diffSteps(a: NDArray, order: number, axis: number): Steps<NDArray> {
  const scratch = new Scratch(a.block.heap);
  try {
    const length = Math.max(a.shape[axis]! - order, 0);
    const out = NDArray.allocate(a.dtype, a.shape.with(axis, length));
    if (out.size === 0) return out;
    const outer = product(a.shape.slice(0, axis));
    const inner = product(a.shape.slice(axis + 1));
    let from = yield* contiguous(a, scratch);
    if (order === 0) {
      const bytes = scratch.heap.bytes(Math.max(from, out.address) + a.size * 8);
      bytes.copyWithin(out.address, from, from + a.size * dtypes[a.dtype].itemsize);
    }
    for (let left = a.shape[axis]!; left > length; left--) {
      const size = outer * (left - 1) * inner;
      const to = left - 1 === length ? out.address : scratch.take(size * dtypes[a.dtype].itemsize);
      yield {
        heap: scratch.heap,
        kernel: `diff_${dtypes[a.dtype].suffix}`,
        args: [from, outer, left, inner, to],
        chunks: chunksFor(size),
      };
      from = to;
    }
    return out;
  } finally {
    scratch.free();
  }
}

function planDiff(a: NDArray, options: DiffOptions = {}): Steps<NDArray> {
  checkArray("a", a);
  checkOptionNames("options", options, ["n", "axis"]);
  const order = checkInteger("n", options.n ?? 1, 0);
  if (a.shape.length === 0) throw new InvalidArgumentError("a", a, "an array with at least one axis");
  return diffSteps(a, order, checkAxis("axis", options.axis ?? -1, a.shape.length));
}

/** Differences along an axis. */
export type Diff = <T extends DType>(a: NDArray<T>, options?: DiffOptions) => Promise<NDArray<T>>;
/** The form of {@link Diff} that returns the result. */
export type DiffSync = <T extends DType>(a: NDArray<T>, options?: DiffOptions) => NDArray<T>;

/**
 * Each element less the one before along an axis, which is shorter by one. Whole numbers wrap around as in NumPy; of
 * bools it says where neighbours differ.
 * @throws InvalidArgumentError
 */
export const diff = asynchronous(planDiff) as Diff;
/** {@link diff}, with the result at once. */
export const diffSync = synchronous(planDiff) as DiffSync;
