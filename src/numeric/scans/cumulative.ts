import { checkOptionNames } from "../../validate.js";
import { NDArray } from "../array/ndarray.js";
import { chunksFor } from "../crew/chunks.js";
import type { Steps } from "../crew/steps.js";
import type { DType } from "../dtype.js";
import { contiguous, product } from "../layout/arrange.js";
import { checkArray, checkAxis } from "../layout/axes.js";
import { asynchronous, synchronous } from "../layout/forms.js";
import { Scratch } from "../layout/scratch.js";
import { finish, suffixOf } from "../reductions/fold.js";
import { floatOf } from "../reductions/target.js";
import type { Floating, FloatOptions } from "../reductions/types.js";

/** As kernels/reductions/block.ts and kernels/scans/cumulative.ts have them. */
const blockElements = 8192;
const tileColumns = 256;

/** Along what a scan goes. */
export interface ScanOptions extends FloatOptions {
  /** The axis; negative numbers count from the last. Without it, all elements in the order of their indices. */
  readonly axis?: number | undefined;
}

/** A scan along an axis. */
export interface Scan {
  <T extends DType>(
    a: NDArray<T>,
    options?: { readonly axis?: number | undefined },
  ): Promise<NDArray<Floating<T>>>;
  <R extends "float64" | "float32">(
    a: NDArray,
    options: { readonly axis?: number | undefined; readonly dtype: R },
  ): Promise<NDArray<R>>;
}

/** The form of {@link Scan} that returns the result. */
export interface ScanSync {
  <T extends DType>(a: NDArray<T>, options?: { readonly axis?: number | undefined }): NDArray<Floating<T>>;
  <R extends "float64" | "float32">(
    a: NDArray,
    options: { readonly axis?: number | undefined; readonly dtype: R },
  ): NDArray<R>;
}

type What = "cumsum" | "cumprod";

function* scanSteps(
  what: What,
  a: NDArray,
  axis: number | undefined,
  dtype: "float64" | "float32",
): Steps<NDArray> {
  const shape = axis === undefined ? [a.size] : a.shape;
  const out = NDArray.allocate(dtype, shape);
  if (a.size === 0) return out;
  const scratch = new Scratch(a.block.heap);
  try {
    const address = yield* contiguous(a, scratch);
    const outer = axis === undefined ? 1 : product(a.shape.slice(0, axis));
    const n = axis === undefined ? a.size : a.shape[axis]!;
    const inner = a.size / outer / n;
    const suffix = suffixOf(a.dtype);
    const direct = dtype === "float64" || a.dtype === "float32";
    const to = direct ? out.address : scratch.take(a.size * 8);
    const kernel = `${what}_${inner > 1 ? "columns" : "rows"}_${suffix}${dtype === "float32" && direct ? "_f32" : ""}`;
    const { heap } = scratch;
    if (inner > 1) {
      const chunks = Math.min(chunksFor(a.size), outer * Math.ceil(inner / tileColumns));
      const room = scratch.take(chunks * tileColumns * 8);
      yield { heap, kernel, args: [address, outer, n, inner, to, room], chunks };
    } else if (what === "cumprod") {
      yield { heap, kernel, args: [address, outer, n, to], chunks: Math.min(chunksFor(a.size), outer) };
    } else {
      const before = yield* beforeBlocks(address, outer, n, suffix, scratch);
      const chunks = Math.min(chunksFor(a.size), outer * Math.ceil(n / blockElements));
      yield { heap, kernel, args: [address, outer, n, to, before], chunks };
    }
    if (!direct) yield* finish(to, out.address, dtype, a.size, 1, "as is", scratch);
    return out;
  } finally {
    scratch.free();
  }
}

/** The address of the sum of what is before each block of each row. */
function* beforeBlocks(
  address: number,
  rows: number,
  n: number,
  suffix: string,
  scratch: Scratch,
): Steps<number> {
  const blocks = Math.ceil(n / blockElements);
  const parts = scratch.take(rows * blocks * 8);
  const { heap } = scratch;
  if (blocks > 1) {
    const chunks = Math.min(chunksFor(rows * n), rows * blocks);
    yield { heap, kernel: `totals_rows_${suffix}`, args: [address, rows, n, parts], chunks };
  }
  const numbers = heap.numbers(parts + rows * blocks * 8);
  for (let row = 0, at = parts / 8; row < rows; row++) {
    let before = 0;
    for (let k = 0; k < blocks; k++, at++) {
      const sum = numbers[at]!;
      numbers[at] = before;
      if (blocks > 1) before += sum;
    }
  }
  return parts;
}

function planScan(what: What, a: NDArray, options: ScanOptions | undefined): Steps<NDArray> {
  checkArray("a", a);
  checkOptionNames("options", options, ["axis", "dtype"]);
  const axis = options?.axis === undefined ? undefined : checkAxis("axis", options.axis, a.shape.length);
  return scanSteps(what, a, axis, floatOf(a, options));
}

const planCumsum = (a: NDArray, options?: ScanOptions) => planScan("cumsum", a, options);
const planCumprod = (a: NDArray, options?: ScanOptions) => planScan("cumprod", a, options);

/**
 * The sum of the elements up to each one, along an axis or over all of them. It is made in float64, by blocks, so it is
 * the same on any number of threads; sums of numbers that are not negative never fall. Types are those of `sum`.
 * @throws InvalidArgumentError
 */
export const cumsum = asynchronous(planCumsum) as Scan;
/** {@link cumsum}, with the result at once. */
export const cumsumSync = synchronous(planCumsum) as ScanSync;

/**
 * The product of the elements up to each one, along an axis or over all of them, one after the other in float64. Types
 * are those of `prod`.
 * @throws InvalidArgumentError
 */
export const cumprod = asynchronous(planCumprod) as Scan;
/** {@link cumprod}, with the result at once. */
export const cumprodSync = synchronous(planCumprod) as ScanSync;
