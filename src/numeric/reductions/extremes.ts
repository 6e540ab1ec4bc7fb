import { InvalidArgumentError } from "../../errors.js";
import { checkOptionNames } from "../../validate.js";
import { NDArray } from "../array/ndarray.js";
import { chunksFor } from "../crew/chunks.js";
import type { Steps } from "../crew/steps.js";
import { type DType, dtypes, type TypedArrayOf } from "../dtype.js";
import { type Slab, slabOf } from "../layout/arrange.js";
import { checkArray, checkAxis } from "../layout/axes.js";
import { asynchronous, synchronous } from "../layout/forms.js";
import { Scratch } from "../layout/scratch.js";
import { kernelFor } from "./fold.js";
import { checkCountable, type Target, targetOf } from "./target.js";
import type { AnyReductionOptions, SameReduction, SameReductionSync } from "./types.js";

type Options = AnyReductionOptions | undefined;
type Extreme = "min" | "max";

/** As kernels/reductions/block.ts and columns.ts have them. */
const blockElements = 8192;
const blockRows = 512;

const beats = (extreme: Extreme, x: number, best: number): boolean =>
  extreme === "min" ? x < best : x > best;

/** Elements at an address, as numbers. */
export function typedAt<T extends DType>(
  scratch: Pick<Scratch, "heap">,
  dtype: T,
  address: number,
  count: number,
): TypedArrayOf<T> {
  const { view, itemsize } = dtypes[dtype];
  return new view(scratch.heap.bytes(address + count * itemsize).buffer, address, count);
}

/** The element at an address, without a view made for it where that can be. */
function elementAt({ heap }: Scratch, dtype: DType, address: number): number {
  if (dtype === "float64") return heap.numbers(address + 8)[address / 8]!;
  return typedAt({ heap }, dtype, address, 1)[0]!;
}

/** The address of an element for each of the blocks of each row. */
function* partsOf(
  extreme: Extreme,
  dtype: DType,
  { address, outer, n }: Slab,
  scratch: Scratch,
): Steps<number> {
  const items = outer * Math.ceil(n / blockElements);
  const parts = scratch.take(items * dtypes[dtype].itemsize);
  const chunks = Math.min(chunksFor(outer * n), items);
  const kernel = kernelFor(`${extreme}_rows`, dtype);
  yield { heap: scratch.heap, kernel, args: [address, outer, n, parts], chunks };
  return parts;
}

/** The address of the least or greatest element for each of the slab's outer and inner indices. */
export function* extremes(extreme: Extreme, dtype: DType, slab: Slab, scratch: Scratch): Steps<number> {
  const { outer, n, inner } = slab;
  const { heap } = scratch;
  if (inner === 1) {
    const parts = yield* partsOf(extreme, dtype, slab, scratch);
    const blocks = Math.ceil(n / blockElements);
    if (blocks === 1) return parts;
    const values = typedAt(scratch, dtype, parts, outer * blocks);
    for (let row = 0; row < outer; row++) {
      let best = values[row * blocks]!;
      for (let k = 1; k < blocks && !Number.isNaN(best); k++) {
        const x = values[row * blocks + k]!;
        if (beats(extreme, x, best) || Number.isNaN(x)) best = x;
      }
      values[row] = best;
    }
    return parts;
  }
  let [from, left] = [slab.address, n];
  const kernel = kernelFor(`${extreme}_columns`, dtype);
  for (;;) {
    const blocks = Math.ceil(left / blockRows);
    const parts = scratch.take(outer * blocks * inner * dtypes[dtype].itemsize);
    const chunks = chunksFor(outer * left * inner);
    yield { heap, kernel, args: [from, outer, left, inner, parts], chunks };
    if (blocks === 1) return parts;
    [from, left] = [parts, blocks];
  }
}

/** Least, greatest, or the distance between both. */
function* extremeSteps(
  a: NDArray,
  { axes, shape, scalar, results }: Target,
  which: readonly Extreme[],
): Steps<number | NDArray> {
  if (results === 0) return NDArray.allocate(a.dtype, shape);
  const scratch = new Scratch(a.block.heap);
  try {
    const slab =
      scalar && a.isContiguous
        ? { address: a.address, outer: 1, n: a.size, inner: 1 }
        : yield* slabOf(a, axes, scratch, { columns: true, unordered: true });
    const [first, second] = which;
    const one = yield* extremes(first!, a.dtype, slab, scratch);
    const other = second && (yield* extremes(second, a.dtype, slab, scratch));
    if (scalar && other === undefined) return elementAt(scratch, a.dtype, one);
    const out = scalar ? undefined : NDArray.allocate(a.dtype, shape);
    const values = typedAt(scratch, a.dtype, one, results);
    if (other !== undefined) {
      const least = typedAt(scratch, a.dtype, other, results);
      for (let k = 0; k < results; k++) values[k] = values[k]! - least[k]!;
    }
    out?.typed.set(values);
    return out ?? values[0]!;
  } finally {
    scratch.free();
  }
}

function plan(which: readonly Extreme[]) {
  return (a: NDArray, options?: Options): Steps<number | NDArray> => {
    const target = targetOf(a, options, [], 1);
    if (which.length > 1 && a.dtype === "bool") {
      throw new InvalidArgumentError("a", a, "an array of numbers: bools can't be subtracted");
    }
    return extremeSteps(a, target, which);
  };
}

const planMin = plan(["min"]);
const planMax = plan(["max"]);
const planPtp = plan(["max", "min"]);

/**
 * The least element; NaN where there is one. Which of 0 and -0 it is is open.
 * @throws InvalidArgumentError, also for no elements.
 */
export const min = asynchronous(planMin) as SameReduction;
/** {@link min}, with the result at once. */
export const minSync = synchronous(planMin) as SameReductionSync;

/**
 * The greatest element; NaN where there is one. Which of 0 and -0 it is is open.
 * @throws InvalidArgumentError, also for no elements.
 */
export const max = asynchronous(planMax) as SameReduction;
/** {@link max}, with the result at once. */
export const maxSync = synchronous(planMax) as SameReductionSync;

/**
 * "Peak to peak": the greatest element less the least. In whole numbers it wraps around, as in NumPy: the distance of
 * int8 -128 and 127 is -1.
 * @throws InvalidArgumentError, also for no elements, and for bools.
 */
export const ptp = asynchronous(planPtp) as SameReduction;
/** {@link ptp}, with the result at once. */
export const ptpSync = synchronous(planPtp) as SameReductionSync;

/** Where a least or greatest element is looked for. */
export interface PositionOptions {
  /** The axis along which. Without it, all elements, in the order of their indices. */
  readonly axis?: number | undefined;
  /** Whether the axis, or all of them, stay with a length of 1. Default: false. */
  readonly keepdims?: boolean | undefined;
}

/** Finds where an element is. */
export interface PositionReduction {
  (
    a: NDArray,
    options?: PositionOptions & { readonly axis?: undefined; readonly keepdims?: false | undefined },
  ): Promise<number>;
  (a: NDArray, options: PositionOptions): Promise<NDArray<"int32">>;
}

/** The form of {@link PositionReduction} that returns the result. */
export interface PositionReductionSync {
  (
    a: NDArray,
    options?: PositionOptions & { readonly axis?: undefined; readonly keepdims?: false | undefined },
  ): number;
  (a: NDArray, options: PositionOptions): NDArray<"int32">;
}

function* positionSteps(a: NDArray, target: Target, extreme: Extreme): Steps<number | NDArray> {
  const { axes, shape, scalar, results } = target;
  const out = scalar ? undefined : NDArray.allocate("int32", shape);
  if (out && results === 0) return out;
  const scratch = new Scratch(a.block.heap);
  const { heap } = scratch;
  try {
    const slab = yield* slabOf(a, axes, scratch);
    const parts = yield* partsOf(extreme, a.dtype, slab, scratch);
    const to = out?.address ?? scratch.take(results * 4);
    const args = [slab.address, slab.outer, slab.n, parts, to];
    const chunks = Math.min(chunksFor(slab.outer * slab.n), slab.outer);
    yield { heap, kernel: kernelFor(`arg${extreme}_rows`, a.dtype), args, chunks };
    return out ?? typedAt(scratch, "int32", to, 1)[0]!;
  } finally {
    scratch.free();
  }
}

function planPosition(extreme: Extreme) {
  return (a: NDArray, options?: PositionOptions): Steps<number | NDArray> => {
    checkArray("a", a);
    checkOptionNames("options", options, ["axis", "keepdims"]);
    if (options?.axis !== undefined) checkAxis("axis", options.axis, a.shape.length);
    const target = targetOf(a, options, [], 1);
    checkCountable(a);
    return positionSteps(a, target, extreme);
  };
}

const planArgmin = planPosition("min");
const planArgmax = planPosition("max");

/**
 * The index of the first least element, or of the first NaN where there is one.
 * @throws InvalidArgumentError, also for no elements.
 */
export const argmin = asynchronous(planArgmin) as PositionReduction;
/** {@link argmin}, with the result at once. */
export const argminSync = synchronous(planArgmin) as PositionReductionSync;

/**
 * The index of the first greatest element, or of the first NaN where there is one.
 * @throws InvalidArgumentError, also for no elements.
 */
export const argmax = asynchronous(planArgmax) as PositionReduction;
/** {@link argmax}, with the result at once. */
export const argmaxSync = synchronous(planArgmax) as PositionReductionSync;
