import { copySteps } from "../array/copy.js";
import { NDArray } from "../array/ndarray.js";
import { contiguousStrides } from "../array/shape.js";
import { chunksFor } from "../crew/chunks.js";
import type { Job, Steps } from "../crew/steps.js";
import { dtypes } from "../dtype.js";
import { Block } from "../memory/block.js";
import type { Matrices, Product } from "./operands.js";
import { Scratch, stayUntilHere } from "./scratch.js";
import { type Arithmetic, arithmeticOf, typeNumber } from "./types.js";

/** Rows of a panel of the left operand, and bytes of a row of one of the right (kernels/linalg/gemm.ts). */
const height = 4;
const rowBytes = 32;
const tileRows = 64;
const tileColumns = 256;

/** A product and a sum are done in so much of the time of a sum. */
const weightOfTerm = 0.25;

/** Computes a product of matrices. */
export function* productSteps({ left, right, pairs, dtype, shape }: Product): Steps<NDArray> {
  const { heap } = left.array.block;
  const arithmetic = arithmeticOf(dtype);
  const { rows, columns: length } = left;
  const { columns } = right;
  const size = pairs.length * rows * columns;
  const result = new NDArray(
    Block.allocate(size * dtypes[dtype].itemsize, heap),
    dtype,
    shape,
    contiguousStrides(shape),
    0,
  );
  const scratch = new Scratch(heap);
  try {
    if (size === 0) return result;
    const bytes = result.size * dtypes[dtype].itemsize;
    if (length === 0) {
      heap.bytes(result.address + bytes).fill(0, result.address, result.address + bytes);
      return result;
    }
    const width = rowBytes / arithmetic.itemsize;
    const one = yield* packSteps(scratch, left, arithmetic, height, false);
    const two = yield* packSteps(scratch, right, arithmetic, width, true);
    const target = arithmetic.narrows ? scratch.allocate(size * 4) : result.address;
    const tiles = pairs.length * Math.ceil(rows / tileRows) * Math.ceil(columns / tileColumns);
    const chunks = Math.min(chunksFor(size, Math.max(1, length * weightOfTerm)), tiles);
    const args = [
      one,
      two,
      target,
      rows,
      columns,
      length,
      scratch.table(pairs.map(([index]) => index)),
      scratch.table(pairs.map(([, index]) => index)),
      pairs.length,
      scratch.allocate(chunks * height * rowBytes),
    ];
    yield { heap, kernel: `gemm_${arithmetic.suffix}`, args, chunks };
    if (arithmetic.narrows) yield narrowJob(scratch, target, size, result);
    return result;
  } catch (error) {
    result.dispose();
    throw error;
  } finally {
    scratch.free();
    stayUntilHere(left.array, right.array);
  }
}

/** Makes integers that were computed in 32 bits those of the result. */
export const narrowJob = ({ heap }: Scratch, from: number, size: number, result: NDArray): Job => ({
  heap,
  kernel: "narrow_i32",
  args: [from, size, result.address, typeNumber(result.dtype)],
  chunks: chunksFor(size),
});

/** The same matrices in a copy of their array whose elements lie in the order of their indices. */
export function contiguousMatrices(matrices: Matrices, copy: NDArray): Matrices {
  const { rows, columns, count } = matrices;
  return {
    ...matrices,
    array: copy,
    rowStride: columns,
    columnStride: 1,
    offsets: Array.from({ length: count }, (_, k) => k * rows * columns),
  };
}

/**
 * Copies matrices into panels.
 * @param transposed - panels are of columns.
 * @returns where they are.
 */
function* packSteps(
  scratch: Scratch,
  matrices: Matrices,
  { suffix, itemsize }: Arithmetic,
  width: number,
  transposed: boolean,
): Steps<number> {
  const { array, count, rowStride, columnStride } = matrices;
  const [rows, length] = transposed ? [matrices.columns, matrices.rows] : [matrices.rows, matrices.columns];
  const [across, along] = transposed ? [columnStride, rowStride] : [rowStride, columnStride];
  const panels = Math.ceil(rows / width);
  const target = scratch.allocate(count * panels * width * length * itemsize);
  const size = dtypes[array.dtype].itemsize;
  const addresses = matrices.offsets.map((offset) => array.address + offset * size);
  const args = [
    scratch.table(addresses),
    count,
    rows,
    length,
    across * size,
    along * size,
    typeNumber(array.dtype),
    target,
    width,
  ];
  const chunks = Math.min(chunksFor(count * rows * length), count * panels);
  yield { heap: scratch.heap, kernel: `pack_${suffix}`, args, chunks };
  return target;
}

/**
 * The elements of an array one after the other, in the type that is computed in.
 * @returns where they are: where the array is, if it is like that already.
 */
export function* flatSteps(
  scratch: Scratch,
  array: NDArray,
  { suffix, itemsize }: Arithmetic,
): Steps<number> {
  const { itemsize: bytes, suffix: own } = dtypes[array.dtype];
  if (array.isContiguous && own === suffix) return array.address;
  const { shape } = array;
  // a vector is packed as it lies
  const ordered = array.isContiguous || array.ndim === 1 ? array : NDArray.allocate(array.dtype, shape);
  try {
    if (ordered !== array) yield* copySteps(array, ordered);
    const flat = scratch.allocate(array.size * itemsize);
    const along = (ordered.isContiguous ? 1 : ordered.strides[0]!) * bytes;
    const table = scratch.table([ordered.address]);
    const args = [table, 1, 1, array.size, 0, along, typeNumber(array.dtype), flat, 1];
    yield { heap: scratch.heap, kernel: `pack_${suffix}`, args, chunks: 1 };
    return flat;
  } finally {
    if (ordered !== array) ordered.dispose();
  }
}
