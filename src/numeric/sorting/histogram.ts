import { InvalidArgumentError } from "../../errors.js";
import { checkInteger, checkOptionNames } from "../../validate.js";
import { NDArray } from "../array/ndarray.js";
import type { Steps } from "../crew/steps.js";
import { slabOf } from "../layout/arrange.js";
import { checkArray } from "../layout/axes.js";
import { asynchronous, synchronous } from "../layout/forms.js";
import { Scratch } from "../layout/scratch.js";
import { extremes, typedAt } from "../reductions/extremes.js";
import { suffixOf } from "../reductions/fold.js";
import { checkCountable } from "../reductions/target.js";
import { tablesFor, totalOf } from "./tables.js";

/** How elements are counted. */
export interface HistogramOptions {
  /** How many bins of equal width, or the edges of all bins, ascending. Default: 10. */
  readonly bins?: number | readonly number[] | NDArray | undefined;
  /** From where to where bins of equal width reach. Default: from the least to the greatest element. */
  readonly range?: readonly [number, number] | undefined;
  /** Whether the result is a density: its integral over the range is 1. Default: false. */
  readonly density?: boolean | undefined;
}

/** Counts, and the edges of the bins, one more. */
export interface Histogram<O extends HistogramOptions = HistogramOptions> {
  /** How many elements are in each bin (int32), or the density there (float64). */
  readonly counts: NDArray<O extends { readonly density: true } ? "float64" : "int32">;
  readonly edges: NDArray;
}

/** Edges as numbers; of `norm` bins to a unit, where they are equally wide. */
interface Edges {
  readonly numbers: Float64Array;
  readonly norm: number;
  /** As close to an edge, in bins, rounding may have a number on the wrong side of it. */
  readonly margin: number;
  readonly given?: NDArray;
}

/** As NumPy's linspace rounds them, in the type of the elements if that is float32. */
function equalEdges(first: number, last: number, bins: number, single: boolean): Edges {
  if (first === last) [first, last] = [first - 0.5, last + 0.5];
  const step = (last - first) / bins;
  const numbers = Float64Array.from({ length: bins + 1 }, (_, k) => (k === bins ? last : k * step + first));
  if (single) for (let k = 0; k <= bins; k++) numbers[k] = Math.fround(numbers[k]!);
  const norm = bins / (last - first);
  // so narrow that its inverse overflows: the edges are searched
  if (!Number.isFinite(norm)) return { numbers, norm: 0, margin: 0 };
  const unit = single ? 2 ** -22 : 2 ** -50;
  return { numbers, norm, margin: norm * Math.max(Math.abs(first), Math.abs(last)) * unit + bins * 2 ** -50 };
}

function* histogramSteps(a: NDArray, options: HistogramOptions, edges: Edges | number): Steps<Histogram> {
  const scratch = new Scratch(a.block.heap);
  const { heap } = scratch;
  try {
    const slab = yield* slabOf(
      a,
      a.shape.map((_, k) => k),
      scratch,
      { unordered: true },
    );
    const single = a.dtype === "float32";
    if (typeof edges === "number") {
      let [first, last] = [0, 1];
      if (a.size > 0) {
        const least = yield* extremes("min", a.dtype, slab, scratch);
        first = typedAt(scratch, a.dtype, least, 1)[0]!;
        const greatest = yield* extremes("max", a.dtype, slab, scratch);
        last = typedAt(scratch, a.dtype, greatest, 1)[0]!;
      }
      if (!Number.isFinite(first) || !Number.isFinite(last)) {
        throw new InvalidArgumentError(
          "a",
          a,
          "an array of finite numbers, or `range` given: it reaches from NaN or infinity",
        );
      }
      edges = equalEdges(first, last, edges, single);
    }
    const { numbers, norm, margin, given } = edges;
    const bins = numbers.length - 1;
    const { pieces, address } = tablesFor(a.size, bins, 8, scratch);
    const args = [slab.address, a.size, scratch.put(numbers), bins, address, norm, pieces, margin];
    yield { heap, kernel: `histogram_${suffixOf(a.dtype)}`, args, chunks: pieces };
    const tables = new Int32Array(heap.bytes(address + pieces * bins * 8).buffer, address, pieces * bins * 2);
    const totals = totalOf(tables, bins, 2 * bins, pieces);
    const typed = given ?? NDArray.allocate(single && norm > 0 ? "float32" : "float64", [bins + 1]);
    if (!given) typed.typed.set(numbers);
    const counts = NDArray.allocate(options.density ? "float64" : "int32", [bins]);
    if (options.density) {
      const all = totals.reduce((sum, count) => sum + count, 0);
      counts.typed.set(totals.map((count, k) => count / (numbers[k + 1]! - numbers[k]!) / all));
    } else counts.typed.set(totals);
    return { counts, edges: typed } as Histogram;
  } finally {
    scratch.free();
  }
}

function checkEdges(bins: readonly number[] | NDArray): Edges {
  const given = bins instanceof NDArray ? checkArray("bins", bins) : undefined;
  if (given && (given.shape.length !== 1 || !given.isContiguous)) {
    throw new InvalidArgumentError("bins", bins, "an array with one axis, without gaps");
  }
  const numbers = Float64Array.from((given ? given.typed : bins) as ArrayLike<number>);
  if (numbers.length < 2) throw new InvalidArgumentError("bins", bins, "at least two edges");
  if (!numbers.every((edge, k) => k === 0 || edge >= numbers[k - 1]!)) {
    throw new InvalidArgumentError("bins", bins, "edges that ascend");
  }
  return given ? { numbers, norm: 0, margin: 0, given } : { numbers, norm: 0, margin: 0 };
}

function planHistogram(a: NDArray, options: HistogramOptions = {}): Steps<Histogram> {
  checkArray("a", a);
  checkOptionNames("options", options, ["bins", "range", "density"]);
  checkCountable(a);
  const { bins = 10, range, density = false } = options;
  if (typeof density !== "boolean") throw new InvalidArgumentError("density", density, "true or false");
  if (typeof bins === "object") {
    if (!Array.isArray(bins) && !(bins instanceof NDArray)) {
      throw new InvalidArgumentError("bins", bins, "a whole number, a list of numbers or an NDArray");
    }
    return histogramSteps(a, options, checkEdges(bins));
  }
  const count = checkInteger("bins", bins, 1);
  if (range === undefined) return histogramSteps(a, options, count);
  const [first, last] = range;
  if (range.length !== 2 || !Number.isFinite(first) || !Number.isFinite(last) || first > last) {
    throw new InvalidArgumentError("range", range, "two finite numbers that ascend");
  }
  return histogramSteps(a, options, equalEdges(first, last, count, a.dtype === "float32"));
}

/** Counts elements in bins. */
export type HistogramForm = <const O extends HistogramOptions>(
  a: NDArray,
  options?: O,
) => Promise<Histogram<O>>;
/** The form of {@link HistogramForm} that returns the result. */
export type HistogramFormSync = <const O extends HistogramOptions>(a: NDArray, options?: O) => Histogram<O>;

/**
 * How many elements are in each of a row of bins. A bin has its lower edge, the last one has its upper edge too; what is
 * outside, and NaN, is in none.
 * @throws InvalidArgumentError; also if the range is left out and the elements are not all finite: that rejects in the
 * form that gives a promise.
 */
export const histogram = asynchronous(planHistogram) as HistogramForm;
/** {@link histogram}, with the result at once. */
export const histogramSync = synchronous(planHistogram) as HistogramFormSync;
