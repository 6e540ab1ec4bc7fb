import { InvalidArgumentError } from "../../errors.js";
import { checkOneOf, checkOptionNames } from "../../validate.js";
import { NDArray } from "../array/ndarray.js";
import { chunksFor } from "../crew/chunks.js";
import type { Steps } from "../crew/steps.js";
import { contiguous } from "../layout/arrange.js";
import { checkArray } from "../layout/axes.js";
import { asynchronous, synchronous } from "../layout/forms.js";
import { Scratch } from "../layout/scratch.js";
import { suffixOf } from "../reductions/fold.js";
import { checkCountable } from "../reductions/target.js";

/** Where a value goes that the array has already. */
export interface SearchOptions {
  /** Before the first equal element, or after the last one. Default: "left". */
  readonly side?: "left" | "right" | undefined;
}

/** The address of all elements as float64, in the order of their indices. */
export function* widened(a: NDArray, scratch: Scratch): Steps<number> {
  const from = yield* contiguous(a, scratch);
  if (a.dtype === "float64") return from;
  const to = scratch.take(a.size * 8);
  const kernel = `widen_${suffixOf(a.dtype)}`;
  yield { heap: scratch.heap, kernel, args: [from, to, a.size], chunks: chunksFor(a.size) };
  return to;
}

function* searchSteps(a: NDArray, v: NDArray | number, right: boolean): Steps<NDArray | number> {
  const scratch = new Scratch(a.block.heap);
  try {
    const from = yield* contiguous(a, scratch);
    const count = typeof v === "number" ? 1 : v.size;
    const values = typeof v === "number" ? scratch.put([v]) : yield* widened(v, scratch);
    const out = NDArray.allocate("int32", typeof v === "number" ? [] : v.shape);
    yield {
      heap: scratch.heap,
      kernel: `searchsorted_${suffixOf(a.dtype)}`,
      args: [from, a.size, values, count, out.address, right ? 1 : 0],
      chunks: chunksFor(count, 16),
    };
    if (typeof v !== "number") return out;
    const place = out.typed[0]!;
    out.block.dispose();
    return place;
  } finally {
    scratch.free();
  }
}

function planSearch(a: NDArray, v: NDArray | number, options: SearchOptions = {}): Steps<NDArray | number> {
  if (checkArray("a", a).shape.length !== 1)
    throw new InvalidArgumentError("a", a, "a sorted array with one axis");
  if (typeof v !== "number") {
    if (!(v instanceof NDArray)) throw new InvalidArgumentError("v", v, "a number or an NDArray");
    checkArray("v", v);
  }
  checkOptionNames("options", options, ["side"]);
  checkCountable(a);
  return searchSteps(a, v, checkOneOf("side", options.side ?? "left", ["left", "right"]) === "right");
}

/** Looks values up in a sorted array. */
export interface Searchsorted {
  (a: NDArray, v: number, options?: SearchOptions): Promise<number>;
  (a: NDArray, v: NDArray, options?: SearchOptions): Promise<NDArray<"int32">>;
}

/** The form of {@link Searchsorted} that returns the result. */
export interface SearchsortedSync {
  (a: NDArray, v: number, options?: SearchOptions): number;
  (a: NDArray, v: NDArray, options?: SearchOptions): NDArray<"int32">;
}

/**
 * Where values would go in a sorted array with one axis so that it stays sorted: indices (int32) in the shape of `v`, or
 * one for a number. NaN goes after all numbers. What is not sorted gives indices that mean nothing.
 * @throws InvalidArgumentError
 */
export const searchsorted = asynchronous(planSearch) as Searchsorted;
/** {@link searchsorted}, with the result at once. */
export const searchsortedSync = synchronous(planSearch) as SearchsortedSync;
