import { NDArray } from "../array/ndarray.js";
import { promote } from "../array/promotion.js";
import { contiguousStrides } from "../array/shape.js";
import { chunksFor } from "../crew/chunks.js";
import type { Steps } from "../crew/steps.js";
import { type DType, dtypes } from "../dtype.js";
import { Block } from "../memory/block.js";
import type { Product } from "./operands.js";
import { flatSteps, narrowJob, productSteps } from "./product.js";
import { Scratch, stayUntilHere } from "./scratch.js";
import { arithmeticOf } from "./types.js";

/** Products of pairs are added in blocks of so many, whose sums are added in pairs: in the same order for all threads. */
const block = 8192;

/** The sum of the products of the elements of two vectors. */
export function* dotSteps(a: NDArray, b: NDArray, product: Product): Steps<number> {
  const arithmetic = arithmeticOf(product.dtype);
  if (arithmetic.suffix === "i32") {
    const result = yield* productSteps(product);
    const value = Number(result.item());
    result.dispose();
    return value;
  }
  const scratch = new Scratch(a.block.heap);
  try {
    const one = yield* flatSteps(scratch, a, arithmetic);
    const two = b === a ? one : yield* flatSteps(scratch, b, arithmetic);
    const total = yield* sumOfProducts(scratch, one, two, a.size, arithmetic.suffix);
    return arithmetic.suffix === "f32" ? Math.fround(total) : total;
  } finally {
    scratch.free();
    stayUntilHere(a, b);
  }
}

/** The root of the sum of all squares. */
export function* normSteps(a: NDArray): Steps<number> {
  const arithmetic = arithmeticOf(a.dtype === "float32" ? "float32" : "float64");
  const scratch = new Scratch(a.block.heap);
  try {
    const flat = yield* flatSteps(scratch, a, arithmetic);
    const root = Math.sqrt(yield* sumOfProducts(scratch, flat, flat, a.size, arithmetic.suffix));
    return arithmetic.suffix === "f32" ? Math.fround(root) : root;
  } finally {
    scratch.free();
    stayUntilHere(a);
  }
}

function* sumOfProducts(scratch: Scratch, a: number, b: number, n: number, suffix: string): Steps<number> {
  const count = Math.ceil(n / block);
  const sums = scratch.allocate(count * 8);
  const { heap } = scratch;
  yield { heap, kernel: `dot_${suffix}`, args: [a, b, n, sums], chunks: Math.min(chunksFor(n), count) || 1 };
  const numbers = heap.numbers(sums + count * 8);
  return pairwise(numbers.subarray(sums / 8, sums / 8 + count));
}

function pairwise(values: Float64Array): number {
  if (values.length <= 2) return (values[0] ?? 0) + (values[1] ?? 0);
  const half = values.length >> 1;
  return pairwise(values.subarray(0, half)) + pairwise(values.subarray(half));
}

/** Each element of one array by each of another. */
export function* outerSteps(a: NDArray, b: NDArray): Steps<NDArray> {
  const dtype = promote<DType, DType>(a.dtype, b.dtype);
  const arithmetic = arithmeticOf(dtype);
  const shape = [a.size, b.size];
  const size = a.size * b.size;
  const { heap } = a.block;
  const memory = Block.allocate(size * dtypes[dtype].itemsize, heap);
  const result = new NDArray(memory, dtype, shape, contiguousStrides(shape), 0);
  const scratch = new Scratch(heap);
  try {
    const one = yield* flatSteps(scratch, a, arithmetic);
    const two = yield* flatSteps(scratch, b, arithmetic);
    const target = arithmetic.narrows ? scratch.allocate(size * 4) : result.address;
    const args = [one, two, target, a.size, b.size];
    yield { heap, kernel: `outer_${arithmetic.suffix}`, args, chunks: chunksFor(size) };
    if (arithmetic.narrows) yield narrowJob(scratch, target, size, result);
    return result;
  } catch (error) {
    result.dispose();
    throw error;
  } finally {
    scratch.free();
    stayUntilHere(a, b);
  }
}
