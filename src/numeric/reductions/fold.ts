/**
 * Reductions of all elements along axes to one number each: first every block by itself, on any thread, then the
 * results of blocks in pairs, in an order that depends on their number only.
 *
 * @module
 */

import { chunksFor } from "../crew/chunks.js";
import type { Steps } from "../crew/steps.js";
import type { DType } from "../dtype.js";
import { dtypes } from "../dtype.js";
import type { Slab } from "../layout/arrange.js";
import type { Scratch } from "../layout/scratch.js";
import type { Heap } from "../memory/heap.js";

/** As kernels/reductions/block.ts has it. */
const blockElements = 8192;
/** As kernels/reductions/columns.ts has it. */
const blockRows = 512;

export type Fold = "sum" | "product" | "count";

/** How kernels call a type: bools are bytes to them. */
export const suffixOf = (dtype: DType): string => (dtype === "bool" ? "u8" : dtypes[dtype].suffix);

const names = new Map<string, Record<DType, string>>();

/** The name of a kernel for a type. They are kept: a new string would be looked up letter by letter in each call. */
export function kernelFor(what: string, dtype: DType): string {
  let known = names.get(what);
  if (!known) {
    const entries = (Object.keys(dtypes) as DType[]).map((each) => [each, `${what}_${suffixOf(each)}`]);
    names.set(what, (known = Object.fromEntries(entries) as Record<DType, string>));
  }
  return known[dtype];
}

/** How many blocks a row has. */
export const blocksOf = (n: number): number => Math.ceil(n / blockElements);

const rowKernels: Record<Fold, string> = { sum: "sum_rows", product: "product_rows", count: "count_rows" };

/** The result for all of n adjacent elements, at least one: what `fold` does, without what axes take. */
export function* foldWhole(what: Fold, dtype: DType, heap: Heap, address: number, n: number): Steps<number> {
  const blocks = blocksOf(n);
  const parts = heap.allocate(blocks * 8);
  try {
    const chunks = Math.min(chunksFor(n), blocks);
    yield { heap, kernel: kernelFor(rowKernels[what], dtype), args: [address, 1, n, parts], chunks };
    const numbers = heap.numbers(parts + blocks * 8);
    return inPairs(numbers, parts / 8, blocks, what === "product" ? multiply : add);
  } finally {
    heap.free(parts);
  }
}

/** The address of a float64 for each of the slab's outer and inner indices. The slab has elements. */
export function* fold(what: Fold, dtype: DType, slab: Slab, scratch: Scratch): Steps<number> {
  const { address, outer, n, inner } = slab;
  const { heap } = scratch;
  if (inner > 1) return yield* foldColumns(what, dtype, slab, 0, scratch);
  const blocks = Math.ceil(n / blockElements);
  const parts = scratch.take(outer * blocks * 8);
  const chunks = Math.min(chunksFor(outer * n), outer * blocks);
  yield { heap, kernel: kernelFor(rowKernels[what], dtype), args: [address, outer, n, parts], chunks };
  if (blocks > 1) {
    const numbers = heap.numbers(parts + outer * blocks * 8);
    const combine = what === "product" ? multiply : add;
    for (let row = 0; row < outer; row++) {
      numbers[parts / 8 + row] = inPairs(numbers, parts / 8 + row * blocks, blocks, combine);
    }
  }
  return parts;
}

const add = (a: number, b: number): number => a + b;
const multiply = (a: number, b: number): number => a * b;

/** Combines neighbours until one is left. What is at `start` and after is overwritten. */
function inPairs(
  numbers: Float64Array,
  start: number,
  count: number,
  combine: (a: number, b: number) => number,
): number {
  for (let left = count; left > 1; left = (left + 1) >> 1) {
    const pairs = left >> 1;
    for (let k = 0; k < pairs; k++) {
      numbers[start + k] = combine(numbers[start + 2 * k]!, numbers[start + 2 * k + 1]!);
    }
    if (left & 1) numbers[start + pairs] = numbers[start + left - 1]!;
  }
  return numbers[start]!;
}

/** Blocks of rows, then blocks of their results, until there is one. */
function* foldColumns(
  what: Fold | "squares",
  dtype: DType,
  { address, outer, n, inner }: Slab,
  means: number,
  scratch: Scratch,
): Steps<number> {
  const { heap } = scratch;
  let [from, left, kernel] = [address, n, `${what}_columns_${suffixOf(dtype)}`];
  for (;;) {
    const blocks = Math.ceil(left / blockRows);
    const parts = scratch.take(outer * blocks * inner * 8);
    const chunks = chunksFor(outer * left * inner);
    yield { heap, kernel, args: [from, outer, left, inner, parts, means], chunks };
    if (blocks === 1) return parts;
    [from, left, kernel] = [parts, blocks, `${what === "product" ? "product" : "sum"}_columns_f64`];
  }
}

/**
 * The address of the sum of squared distances from the mean, a float64 for each of the slab's outer and inner indices.
 * Blocks have means of their own and are combined pairwise, by Chan, Golub and LeVeque (1979), "Updating formulae and a
 * pairwise algorithm for computing sample variances".
 */
export function* squares(dtype: DType, slab: Slab, scratch: Scratch): Steps<number> {
  const { address, outer, n, inner } = slab;
  const { heap } = scratch;
  if (inner > 1) {
    const sums = yield* foldColumns("sum", dtype, slab, 0, scratch);
    yield* finish(sums, sums, "float64", outer * inner, n, "as is", scratch);
    return yield* foldColumns("squares", dtype, slab, sums, scratch);
  }
  const blocks = Math.ceil(n / blockElements);
  const sums = scratch.take(outer * blocks * 8);
  const parts = scratch.take(outer * blocks * 8);
  const chunks = Math.min(chunksFor(outer * n), outer * blocks);
  const args = [address, outer, n, sums, parts];
  yield { heap, kernel: kernelFor("moments_rows", dtype), args, chunks };
  if (blocks > 1) {
    const numbers = heap.numbers(Math.max(sums, parts) + outer * blocks * 8);
    for (let row = 0; row < outer; row++) {
      const at = row * blocks;
      numbers[parts / 8 + row] = combineMoments(numbers, sums / 8 + at, parts / 8 + at, blocks, n);
    }
  }
  return parts;
}

function combineMoments(
  numbers: Float64Array,
  sums: number,
  squares: number,
  blocks: number,
  n: number,
): number {
  let size = blockElements;
  for (let left = blocks; left > 1; left = (left + 1) >> 1, size *= 2) {
    const pairs = left >> 1;
    for (let k = 0; k < pairs; k++) {
      const [a, b] = [numbers[sums + 2 * k]!, numbers[sums + 2 * k + 1]!];
      const second = Math.min(size, n - (2 * k + 1) * size);
      const apart = b / second - a / size;
      numbers[sums + k] = a + b;
      numbers[squares + k] =
        numbers[squares + 2 * k]! +
        numbers[squares + 2 * k + 1]! +
        apart * apart * ((size / (size + second)) * second);
    }
    if (left & 1) {
      numbers[sums + pairs] = numbers[sums + left - 1]!;
      numbers[squares + pairs] = numbers[squares + left - 1]!;
    }
  }
  return numbers[squares]!;
}

const finishes = { "as is": 0, root: 1, "not zero": 2, zero: 3 };

/** Divides float64 numbers and puts them elsewhere, as another type. */
export function* finish(
  from: number,
  to: number,
  dtype: "float64" | "float32" | "int32" | "bool",
  count: number,
  divisor: number,
  what: keyof typeof finishes,
  { heap }: Scratch,
): Steps<void> {
  const args = [from, to, count, divisor, finishes[what]];
  yield { heap, kernel: `finish_${suffixOf(dtype)}`, args, chunks: chunksFor(count) };
}
