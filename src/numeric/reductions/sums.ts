import { InvalidArgumentError } from "../../errors.js";
import { NDArray } from "../array/ndarray.js";
import type { Steps } from "../crew/steps.js";
import { slabOf } from "../layout/arrange.js";
import { asynchronous, synchronous } from "../layout/forms.js";
import { Scratch } from "../layout/scratch.js";
import { type Fold, finish, fold, foldWhole, squares } from "./fold.js";
import { checkCountable, filled, floatOf, rounded, type Target, targetOf } from "./target.js";
import type {
  AnyReductionOptions,
  CountReduction,
  CountReductionSync,
  DdofOptions,
  FloatReduction,
  FloatReductionSync,
} from "./types.js";

type Options = AnyReductionOptions | undefined;

/** What is made of the float64 results. */
interface Outcome {
  readonly fold: Fold | "squares";
  readonly dtype: "float64" | "float32" | "int32";
  readonly divisor: number;
  readonly root?: boolean;
  /** The result of no elements. */
  readonly empty: number;
}

function* foldSteps(a: NDArray, target: Target, outcome: Outcome): Steps<number | NDArray> {
  const { dtype, divisor, root } = outcome;
  const { axes, shape, scalar, results, elements } = target;
  if (results === 0 || elements === 0) {
    return scalar ? outcome.empty : filled(dtype, shape, outcome.empty);
  }
  if (scalar && outcome.fold !== "squares" && a.isContiguous) {
    const value = yield* foldWhole(outcome.fold, a.dtype, a.block.heap, a.address, elements);
    return rounded(value / divisor, dtype);
  }
  const scratch = new Scratch(a.block.heap);
  try {
    const slab = yield* slabOf(a, axes, scratch, { columns: true, unordered: true });
    const parts =
      outcome.fold === "squares"
        ? yield* squares(a.dtype, slab, scratch)
        : yield* fold(outcome.fold, a.dtype, slab, scratch);
    if (scalar) {
      const value = scratch.heap.numbers(parts + 8)[parts / 8]! / divisor;
      return rounded(root ? Math.sqrt(value) : value, dtype);
    }
    const out = NDArray.allocate(dtype, shape);
    yield* finish(parts, out.address, dtype, results, divisor, root ? "root" : "as is", scratch);
    return out;
  } finally {
    scratch.free();
  }
}

function planFold(fold: "sum" | "product", a: NDArray, options: Options): Steps<number | NDArray> {
  const target = targetOf(a, options, ["dtype"]);
  const empty = fold === "sum" ? 0 : 1;
  return foldSteps(a, target, { fold, dtype: floatOf(a, options), divisor: 1, empty });
}

function planMean(a: NDArray, options?: Options): Steps<number | NDArray> {
  const target = targetOf(a, options, ["dtype"]);
  const dtype = floatOf(a, options);
  return foldSteps(a, target, { fold: "sum", dtype, divisor: target.elements, empty: Number.NaN });
}

function planSquares(root: boolean, a: NDArray, options: Options): Steps<number | NDArray> {
  const target = targetOf(a, options, ["ddof", "dtype"]);
  const ddof = options?.ddof ?? 0;
  if (typeof ddof !== "number" || !Number.isFinite(ddof)) {
    throw new InvalidArgumentError("ddof", ddof, "a finite number");
  }
  const divisor = Math.max(target.elements - ddof, 0);
  return foldSteps(a, target, {
    fold: "squares",
    dtype: floatOf(a, options),
    divisor,
    root,
    empty: Number.NaN,
  });
}

function planCount(a: NDArray, options?: Options): Steps<number | NDArray> {
  const target = targetOf(a, options);
  checkCountable(a);
  return foldSteps(a, target, { fold: "count", dtype: "int32", divisor: 1, empty: 0 });
}

const planSum = (a: NDArray, options?: Options) => planFold("sum", a, options);
const planProd = (a: NDArray, options?: Options) => planFold("product", a, options);
const planVar = (a: NDArray, options?: Options) => planSquares(false, a, options);
const planStd = (a: NDArray, options?: Options) => planSquares(true, a, options);

/**
 * The sum of the elements; 0 of none. Blocks are added up by themselves, then pairwise, so the result is the same on any
 * number of threads and its error grows with the logarithm of their number. Sums of whole numbers are float64, exact up
 * to 2^53 (there is no int64, which NumPy would give).
 * @throws InvalidArgumentError
 */
export const sum = asynchronous(planSum) as FloatReduction;
/** {@link sum}, with the result at once. */
export const sumSync = synchronous(planSum) as FloatReductionSync;

/**
 * The product of the elements; 1 of none. It is made in float64, so products of whole numbers are rounded above 2^53
 * where NumPy's wrap around.
 * @throws InvalidArgumentError
 */
export const prod = asynchronous(planProd) as FloatReduction;
/** {@link prod}, with the result at once. */
export const prodSync = synchronous(planProd) as FloatReductionSync;

/**
 * The arithmetic mean; NaN of no elements.
 * @throws InvalidArgumentError
 */
export const mean = asynchronous(planMean) as FloatReduction;
/** {@link mean}, with the result at once. */
export const meanSync = synchronous(planMean) as FloatReductionSync;

/**
 * The variance: the mean squared distance from the mean, made in float64 without a copy. NaN of no elements. (NumPy's
 * `var`, a word that JavaScript has taken.)
 * @throws InvalidArgumentError
 */
export const variance = asynchronous(planVar) as FloatReduction<DdofOptions>;
/** {@link variance}, with the result at once. */
export const varianceSync = synchronous(planVar) as FloatReductionSync<DdofOptions>;

/**
 * The standard deviation: the root of the {@link variance}.
 * @throws InvalidArgumentError
 */
export const std = asynchronous(planStd) as FloatReduction<DdofOptions>;
/** {@link std}, with the result at once. */
export const stdSync = synchronous(planStd) as FloatReductionSync<DdofOptions>;

/**
 * How many elements are not zero; NaN counts, since it is not zero.
 * @throws InvalidArgumentError
 */
export const countNonzero = asynchronous(planCount) as CountReduction;
/** {@link countNonzero}, with the result at once. */
export const countNonzeroSync = synchronous(planCount) as CountReductionSync;
