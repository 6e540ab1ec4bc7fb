import { InvalidArgumentError } from "../../errors.js";
import { checkInteger, checkOptionNames } from "../../validate.js";
import { NDArray } from "../array/ndarray.js";
import { chunksFor } from "../crew/chunks.js";
import type { Steps } from "../crew/steps.js";
import { dtypes } from "../dtype.js";
import { contiguous } from "../layout/arrange.js";
import { checkArray } from "../layout/axes.js";
import { asynchronous, synchronous } from "../layout/forms.js";
import { Scratch } from "../layout/scratch.js";
import { extremes, typedAt } from "../reductions/extremes.js";
import { suffixOf } from "../reductions/fold.js";
import { checkCountable } from "../reductions/target.js";
import { widened } from "./search.js";
import { tablesFor, totalOf } from "./tables.js";

/** What is counted. */
export interface BincountOptions {
  /** What each element adds to its count instead of 1, an array of the same size. */
  readonly weights?: NDArray | undefined;
  /** The least length of the result. Default: 0. */
  readonly minlength?: number | undefined;
}

/** So many elements are worth pieces with tables of their own. */
const worthPieces = 1 << 16;

function* bincountSteps(a: NDArray, weights: NDArray | undefined, minlength: number): Steps<NDArray> {
  const scratch = new Scratch(a.block.heap);
  const { heap } = scratch;
  try {
    const address = yield* contiguous(a, scratch);
    const n = a.size;
    let bins = minlength;
    if (n > 0) {
      const row = { address, outer: 1, n, inner: 1 };
      const least = yield* extremes("min", a.dtype, row, scratch);
      if (typedAt(scratch, a.dtype, least, 1)[0]! < 0) {
        throw new InvalidArgumentError("a", a, "an array of numbers that are not negative");
      }
      const greatest = yield* extremes("max", a.dtype, row, scratch);
      bins = Math.max(bins, typedAt(scratch, a.dtype, greatest, 1)[0]! + 1);
    }
    const out = NDArray.allocate(weights ? "float64" : "int32", [bins]);
    if (n === 0) out.typed.fill(0);
    else if (weights) {
      const from = yield* widened(weights, scratch);
      // sums depend on the pieces, which depend on nothing but sizes
      const pieces = n < worthPieces || bins > worthPieces ? 1 : 8;
      const sums = scratch.take(pieces * bins * 8);
      const args = [address, n, bins, sums, from, pieces];
      const chunks = Math.min(chunksFor(n, 2), pieces);
      yield { heap, kernel: `bincount_weighted_${suffixOf(a.dtype)}`, args, chunks };
      const numbers = heap.numbers(sums + pieces * bins * 8);
      const totals = out.typed.fill(0);
      for (let k = 0; k < pieces * bins; k++) totals[k % bins]! += numbers[sums / 8 + k]!;
    } else {
      const { pieces, address: tables } = tablesFor(n, bins, 4, scratch);
      yield {
        heap,
        kernel: `bincount_${suffixOf(a.dtype)}`,
        args: [address, n, bins, tables, pieces],
        chunks: pieces,
      };
      const counts = new Int32Array(heap.bytes(tables + pieces * bins * 4).buffer, tables, pieces * bins);
      out.typed.set(totalOf(counts, bins, bins, pieces));
    }
    return out;
  } finally {
    scratch.free();
  }
}

function planBincount(a: NDArray, options: BincountOptions = {}): Steps<NDArray> {
  checkArray("a", a);
  if (dtypes[a.dtype].kind === "float") throw new InvalidArgumentError("a", a, "an array of whole numbers");
  if (a.shape.length !== 1) throw new InvalidArgumentError("a", a, "an array with one axis");
  checkOptionNames("options", options, ["weights", "minlength"]);
  const { weights, minlength = 0 } = options;
  if (
    weights !== undefined &&
    (checkArray("weights", weights).shape.length !== 1 || weights.size !== a.size)
  ) {
    throw new InvalidArgumentError("weights", weights, `an array with one axis of ${a.size} elements`);
  }
  checkCountable(a);
  return bincountSteps(a, weights, checkInteger("minlength", minlength, 0));
}

/** Counts whole numbers. */
export interface Bincount {
  (
    a: NDArray,
    options?: { readonly weights?: undefined; readonly minlength?: number | undefined },
  ): Promise<NDArray<"int32">>;
  (a: NDArray, options: BincountOptions & { readonly weights: NDArray }): Promise<NDArray<"float64">>;
}

/** The form of {@link Bincount} that returns the result. */
export interface BincountSync {
  (
    a: NDArray,
    options?: { readonly weights?: undefined; readonly minlength?: number | undefined },
  ): NDArray<"int32">;
  (a: NDArray, options: BincountOptions & { readonly weights: NDArray }): NDArray<"float64">;
}

/**
 * How often each whole number from 0 to the greatest one is in an array with one axis (int32), or the sum of the weights
 * of those that are equal (float64).
 * @throws InvalidArgumentError; for negative elements it rejects in the form that gives a promise.
 * @throws MemoryError where the greatest one asks for more than there is.
 */
export const bincount = asynchronous(planBincount) as Bincount;
/** {@link bincount}, with the result at once. */
export const bincountSync = synchronous(planBincount) as BincountSync;
