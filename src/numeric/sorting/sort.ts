import { InvalidArgumentError } from "../../errors.js";
import { checkOptionNames } from "../../validate.js";
import { NDArray } from "../array/ndarray.js";
import type { Steps } from "../crew/steps.js";
import { type DType, dtypes } from "../dtype.js";
import { adjacent, inOrder, scatter } from "../layout/arrange.js";
import { checkArray, checkAxis } from "../layout/axes.js";
import { asynchronous, synchronous } from "../layout/forms.js";
import { Scratch } from "../layout/scratch.js";
import { checkCountable } from "../reductions/target.js";
import { sortedRows } from "./records.js";

/** Along what is sorted. */
export interface SortOptions {
  /** The axis; negative numbers count from the last. Default: -1. */
  readonly axis?: number | undefined;
}

function* sortSteps(what: "sort" | "argsort", a: NDArray, axis: number): Steps<NDArray> {
  const dtype = what === "sort" ? a.dtype : "int32";
  const out = NDArray.allocate(dtype, a.shape);
  if (a.size === 0) return out;
  const scratch = new Scratch(a.block.heap);
  try {
    const n = a.shape[axis] ?? 1;
    const order = [...inOrder(a).filter((each) => each !== axis), ...(a.shape.length === 0 ? [] : [axis])];
    const from = yield* adjacent(a, order, scratch);
    const inPlace = axis === a.shape.length - 1 || a.shape.length === 0;
    const to = inPlace ? out.address : scratch.take(a.size * dtypes[dtype].itemsize);
    yield* sortedRows(what, a.dtype, from, a.size / n, n, to, scratch);
    if (!inPlace) yield* scatter(to, out, order, scratch);
    return out;
  } finally {
    scratch.free();
  }
}

function plan(what: "sort" | "argsort", a: NDArray, options: SortOptions = {}): Steps<NDArray> {
  checkArray("a", a);
  checkOptionNames("options", options, ["axis"]);
  // NumPy's argsort takes an array without axes for one of one element, and its sort does not
  const sorted = what === "argsort" && a.shape.length === 0 ? a.reshape([1]) : a;
  if (sorted.shape.length === 0) throw new InvalidArgumentError("a", a, "an array with at least one axis");
  if (what === "argsort") checkCountable(sorted);
  return sortSteps(what, sorted, checkAxis("axis", options.axis ?? -1, sorted.shape.length));
}

const planSort = (a: NDArray, options?: SortOptions) => plan("sort", a, options);
const planArgsort = (a: NDArray, options?: SortOptions) => plan("argsort", a, options);

/** A sorted copy. */
export type Sort = <T extends DType>(a: NDArray<T>, options?: SortOptions) => Promise<NDArray<T>>;
/** The form of {@link Sort} that returns the result. */
export type SortSync = <T extends DType>(a: NDArray<T>, options?: SortOptions) => NDArray<T>;
/** The order of indices. */
export type Argsort = (a: NDArray, options?: SortOptions) => Promise<NDArray<"int32">>;
/** The form of {@link Argsort} that returns the result. */
export type ArgsortSync = (a: NDArray, options?: SortOptions) => NDArray<"int32">;

/**
 * A sorted copy, along an axis: the least first, NaN last, -0 before 0. Elements go to buckets by their leading bits,
 * level by level, so that the time grows with their number, whatever they are.
 * @throws InvalidArgumentError
 */
export const sort = asynchronous(planSort) as Sort;
/** {@link sort}, with the result at once. */
export const sortSync = synchronous(planSort) as SortSync;

/**
 * The indices (int32) of the elements along an axis in the order that would sort them, NaN last. It is stable: equal
 * elements keep their order, as NumPy's `kind="stable"` has it. Of an array without axes it is that of its one element.
 * @throws InvalidArgumentError
 */
export const argsort = asynchronous(planArgsort) as Argsort;
/** {@link argsort}, with the result at once. */
export const argsortSync = synchronous(planArgsort) as ArgsortSync;
