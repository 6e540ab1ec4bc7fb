import { InvalidArgumentError } from "../../errors.js";
import { checkOptionNames } from "../../validate.js";
import { NDArray } from "../array/ndarray.js";
import { chunksFor } from "../crew/chunks.js";
import type { Steps } from "../crew/steps.js";
import { type DType, dtypes } from "../dtype.js";
import { contiguous } from "../layout/arrange.js";
import { checkArray } from "../layout/axes.js";
import { asynchronous, synchronous } from "../layout/forms.js";
import { Scratch } from "../layout/scratch.js";
import { suffixOf } from "../reductions/fold.js";
import { checkCountable } from "../reductions/target.js";
import { sortedRows } from "./records.js";

/** What is wanted beside the elements. */
export interface UniqueOptions {
  /** How often each one is there. */
  readonly counts?: boolean | undefined;
  /** For each element of the array, in its shape, which of the distinct ones it is. */
  readonly inverse?: boolean | undefined;
  /** Where each one is first, as an index of the flattened array. */
  readonly index?: boolean | undefined;
}

/** What was asked for, or was not; both where the type does not say. */
type Asked<O extends UniqueOptions, Name extends keyof UniqueOptions> = Name extends keyof O
  ? O[Name] extends true
    ? NDArray<"int32">
    : O[Name] extends false | undefined
      ? undefined
      : NDArray<"int32"> | undefined
  : undefined;

/** Distinct elements, and what was asked for. */
export interface Unique<T extends DType, O extends UniqueOptions = UniqueOptions> {
  readonly values: NDArray<T>;
  readonly counts: Asked<O, "counts">;
  readonly inverse: Asked<O, "inverse">;
  readonly index: Asked<O, "index">;
}

interface Found {
  readonly values: NDArray;
  readonly counts: NDArray<"int32"> | undefined;
  readonly inverse: NDArray<"int32"> | undefined;
  readonly index: NDArray<"int32"> | undefined;
}

function* uniqueSteps(a: NDArray, options: UniqueOptions | undefined): Steps<NDArray | Found> {
  const n = a.size;
  const { itemsize } = dtypes[a.dtype];
  const scratch = new Scratch(a.block.heap);
  const { heap } = scratch;
  try {
    const address = yield* contiguous(a, scratch);
    const sorted = scratch.take(n * itemsize);
    const ordered = options?.inverse || options?.index;
    const order = ordered ? scratch.take(n * 4) : 0;
    yield* sortedRows(
      ordered ? "argsort" : "sort",
      a.dtype,
      address,
      1,
      n,
      ordered ? order : sorted,
      scratch,
    );
    if (ordered && n > 0) {
      const args = [address, 1, n, order, n, sorted, 1];
      yield { heap, kernel: `take_${itemsize}`, args, chunks: chunksFor(n) };
    }
    const inverse = options?.inverse ? NDArray.allocate("int32", a.shape) : undefined;
    const out = scratch.take(n * itemsize);
    const counts = options?.counts ? scratch.take(n * 4) : 0;
    const index = options?.index ? scratch.take(n * 4) : 0;
    const found = scratch.take(8);
    const args = [sorted, n, out, order, counts, inverse?.address ?? 0, index, found];
    yield { heap, kernel: `unique_${suffixOf(a.dtype)}`, args, chunks: 1 };
    const length = heap.numbers(found + 8)[found / 8]!;
    const values = copyOf(a.dtype, out, length);
    if (!options) return values;
    return {
      values,
      counts: counts ? copyOf("int32", counts, length) : undefined,
      inverse,
      index: index ? copyOf("int32", index, length) : undefined,
    };
  } finally {
    scratch.free();
  }
}

function copyOf<T extends DType>(dtype: T, address: number, length: number): NDArray<T> {
  const out = NDArray.allocate(dtype, [length]);
  const bytes = length * dtypes[dtype].itemsize;
  out.block.heap
    .bytes(Math.max(address, out.address) + bytes)
    .copyWithin(out.address, address, address + bytes);
  return out;
}

function planUnique(a: NDArray, options?: UniqueOptions): Steps<NDArray | Found> {
  checkArray("a", a);
  checkOptionNames("options", options, ["counts", "inverse", "index"]);
  for (const [name, value] of Object.entries(options ?? {})) {
    if (value !== undefined && typeof value !== "boolean") {
      throw new InvalidArgumentError(name, value, "true or false");
    }
  }
  checkCountable(a);
  return uniqueSteps(a, options);
}

/** Each element once. */
export interface UniqueForm {
  <T extends DType>(a: NDArray<T>): Promise<NDArray<T>>;
  <T extends DType, const O extends UniqueOptions>(a: NDArray<T>, options: O): Promise<Unique<T, O>>;
}

/** The form of {@link UniqueForm} that returns the result. */
export interface UniqueFormSync {
  <T extends DType>(a: NDArray<T>): NDArray<T>;
  <T extends DType, const O extends UniqueOptions>(a: NDArray<T>, options: O): Unique<T, O>;
}

/**
 * The distinct elements of all, sorted. NaN is there once, as 0 and -0 are. With options, even empty ones, the result is
 * an object: `values` and what was asked for.
 * @throws InvalidArgumentError
 * @example
 * ```ts
 * const { values, counts } = await unique(a, { counts: true });
 * ```
 */
export const unique = asynchronous(planUnique) as UniqueForm;
/** {@link unique}, with the result at once. */
export const uniqueSync = synchronous(planUnique) as UniqueFormSync;
