import { InvalidArgumentError } from "../../errors.js";
import { NDArray } from "../array/ndarray.js";
import { chunksFor } from "../crew/chunks.js";
import type { Steps } from "../crew/steps.js";
import type { DType } from "../dtype.js";
import { slabOf } from "../layout/arrange.js";
import { asynchronous, synchronous } from "../layout/forms.js";
import { Scratch } from "../layout/scratch.js";
import { suffixOf } from "./fold.js";
import { filled, floatOf, rounded, type Target, targetOf } from "./target.js";
import type {
  AnyReductionOptions,
  AxisOptions,
  Floating,
  FloatReduction,
  FloatReductionSync,
  WholeOptions,
} from "./types.js";

/** A number between the elements at two places of the sorted ones. */
interface Between {
  readonly low: number;
  readonly high: number;
  readonly part: number;
}

/** As NumPy rounds it, but between equal infinities is that infinity. */
function interpolate(a: number, b: number, part: number): number {
  if (a === b) return a;
  if (part === 0.5) return (a + b) / 2;
  return part >= 0.5 ? b - (b - a) * (1 - part) : a + (b - a) * part;
}

/** For each result and each place between two elements, the number there, in the order of places, then results. */
function* between(a: NDArray, target: Target, wanted: readonly Between[]): Steps<number[][]> {
  const { axes, results, elements } = target;
  const scratch = new Scratch(a.block.heap);
  const { heap } = scratch;
  try {
    const slab = yield* slabOf(a, axes, scratch, { unordered: true });
    const work = scratch.take(a.size * 8);
    const widen = { heap, kernel: `widen_${suffixOf(a.dtype)}`, args: [slab.address, work, a.size] };
    yield { ...widen, chunks: chunksFor(a.size) };
    const places = [...new Set(wanted.flatMap(({ low, high }) => [low, high]))].toSorted((x, y) => x - y);
    const found = scratch.take(results * places.length * 8);
    const args = [work, results, elements, scratch.put(places), places.length, found];
    yield { heap, kernel: "select_rows_f64", args, chunks: Math.min(chunksFor(a.size, 8), results) };
    const numbers = heap.numbers(found + results * places.length * 8);
    return wanted.map(({ low, high, part }) => {
      const [first, second] = [found / 8 + places.indexOf(low), found / 8 + places.indexOf(high)];
      return Array.from({ length: results }, (_, row) => {
        const at = row * places.length;
        return interpolate(numbers[first + at]!, numbers[second + at]!, part);
      });
    });
  } finally {
    scratch.free();
  }
}

function* medianSteps(a: NDArray, target: Target, dtype: DType): Steps<number | NDArray> {
  const { shape, scalar, results, elements } = target;
  if (results === 0 || elements === 0) {
    return scalar ? Number.NaN : filled(dtype, shape, Number.NaN);
  }
  const low = (elements - 1) >> 1;
  const high = elements >> 1;
  const [values] = yield* between(a, target, [{ low, high, part: low === high ? 0 : 0.5 }]);
  if (scalar) return rounded(values![0]!, dtype);
  const out = NDArray.allocate(dtype, shape);
  out.typed.set(values!);
  return out;
}

const planMedian = (a: NDArray, options?: AnyReductionOptions) =>
  medianSteps(a, targetOf(a, options), floatOf(a, undefined));

function* quantileSteps(
  a: NDArray,
  target: Target,
  dtype: DType,
  q: readonly number[],
  single: boolean,
): Steps<number | NDArray> {
  const { shape, scalar, results, elements } = target;
  const all = single ? shape : [q.length, ...shape];
  if (results === 0 || q.length === 0) return filled(dtype, all, Number.NaN);
  const wanted = q.map((each): Between => {
    const place = (elements - 1) * each;
    const low = Math.floor(place);
    return { low, high: Math.min(low + 1, elements - 1), part: place - low };
  });
  const values = yield* between(a, target, wanted);
  if (scalar && single) return rounded(values[0]![0]!, dtype);
  const out = NDArray.allocate(dtype, all);
  for (const [k, each] of values.entries()) out.typed.set(each, k * results);
  return out;
}

function planQuantile(
  a: NDArray,
  q: number | readonly number[],
  options?: AnyReductionOptions,
): Steps<number | NDArray> {
  const target = targetOf(a, options, [], 1);
  const single = !Array.isArray(q);
  const list = (single ? [q] : q) as readonly number[];
  for (const [k, each] of list.entries()) {
    if (typeof each !== "number" || !(each >= 0 && each <= 1)) {
      throw new InvalidArgumentError(single ? "q" : `q[${k}]`, each, "a number from 0 to 1");
    }
  }
  return quantileSteps(a, target, floatOf(a, undefined), list, single);
}

/**
 * The middle one of the sorted elements, or the mean of both middle ones; NaN where there is a NaN, and of no elements.
 * @throws InvalidArgumentError
 */
export const median = asynchronous(planMedian) as FloatReduction;
/** {@link median}, with the result at once. */
export const medianSync = synchronous(planMedian) as FloatReductionSync;

/** Quantiles of all elements or along axes. */
export interface Quantile {
  <T extends DType>(a: NDArray<T>, q: number, options?: WholeOptions): Promise<number>;
  <T extends DType>(
    a: NDArray<T>,
    q: number | readonly number[],
    options?: AxisOptions | WholeOptions,
  ): Promise<NDArray<Floating<T>>>;
}

/** The form of {@link Quantile} that returns the result. */
export interface QuantileSync {
  <T extends DType>(a: NDArray<T>, q: number, options?: WholeOptions): number;
  <T extends DType>(
    a: NDArray<T>,
    q: number | readonly number[],
    options?: AxisOptions | WholeOptions,
  ): NDArray<Floating<T>>;
}

/**
 * The number below which a part `q` (0 to 1) of the elements is, between two elements in proportion, as NumPy's default
 * method has it, in float32 for an array of float32. A list of parts, which may be empty, gives an array with an axis for
 * them before the others. NaN where there is a NaN.
 * @throws InvalidArgumentError, also for no elements.
 * @example
 * ```ts
 * const quartiles = await quantile(a, [0.25, 0.5, 0.75], { axis: 0 });
 * ```
 */
export const quantile = asynchronous(planQuantile) as Quantile;
/** {@link quantile}, with the result at once. */
export const quantileSync = synchronous(planQuantile) as QuantileSync;
