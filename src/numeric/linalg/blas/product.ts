/**
 * Products of matrices by a BLAS.
 *
 * @module
 */
import type { Blas, Gemm, NativeFunction } from "ungil/native";
import { NDArray } from "../../array/ndarray.js";
import { contiguousStrides } from "../../array/shape.js";
import type { MixedSteps } from "../../crew/steps.js";
import { dtypes } from "../../dtype.js";
import { applySteps, identity, plan } from "../../elementwise/apply.js";
import { Block } from "../../memory/block.js";
import type { Matrices, Product } from "../operands.js";
import { contiguousMatrices, productSteps } from "../product.js";
import { stayUntilHere } from "../scratch.js";
import { findBlas } from "./find.js";
import type { BlasChoice } from "./setting.js";

/**
 * Below so many terms of a product the kernels are as fast as makes no difference, and nothing has to be loaded. It is of
 * the shapes alone: which of the two computes must not depend on what was computed before.
 */
const fewestTerms = 2 ** 20;

type Reals = Float64Array | Float32Array;

/** A matrix in memory as CBLAS takes it. */
interface Placed {
  readonly typed: Reals;
  readonly transposed: boolean;
  /** Elements from a row to the next, as it lies. */
  readonly stride: number;
}

/** Computes a product of matrices, by a BLAS if that is wanted, there and worth it. */
export function productStepsBy(choice: BlasChoice, product: Product): MixedSteps<NDArray> {
  const { left, right, dtype } = product;
  if (dtype !== "float64" && dtype !== "float32") return productSteps(product);
  if (left.rows * left.columns * right.columns < fewestTerms) return productSteps(product);
  const blas = findBlas(choice);
  return blas ? blasSteps(blas, product) : productSteps(product);
}

function* blasSteps(blas: Blas, { left, right, pairs, dtype, shape }: Product): MixedSteps<NDArray> {
  const { heap } = left.array.block;
  const [m, n, k] = [left.rows, right.columns, left.columns];
  const block = Block.allocate(pairs.length * m * n * dtypes[dtype].itemsize, heap);
  const result = new NDArray(block, dtype, shape, contiguousStrides(shape), 0);
  const copies: NDArray[] = [];
  const gemm = (dtype === "float64" ? blas.dgemm : blas.sgemm) as NativeFunction<
    (product: Gemm<Reals>) => void
  >;
  try {
    const one = yield* readySteps(left, result, copies);
    const two = yield* readySteps(right, result, copies);
    for (const [at, [ofLeft, ofRight]] of pairs.entries()) {
      const [a, b] = [placed(one, ofLeft), placed(two, ofRight)];
      const c = result.typed.subarray(at * m * n, (at + 1) * m * n) as Reals;
      const given = {
        m,
        n,
        k,
        a: a.typed,
        b: b.typed,
        c,
        transA: a.transposed,
        transB: b.transposed,
        lda: a.stride,
        ldb: b.stride,
      };
      yield { now: () => gemm(given), later: () => gemm.submit(given), isShort: false };
    }
    return result;
  } catch (error) {
    result.dispose();
    throw error;
  } finally {
    for (const copy of copies) copy.dispose();
    stayUntilHere(left.array, right.array);
  }
}

/** The same matrices in a way to lie that CBLAS takes: their own, if that is one. */
function* readySteps(matrices: Matrices, result: NDArray, copies: NDArray[]): MixedSteps<Matrices> {
  const { heap } = result.block;
  const { array } = matrices;
  if (array.dtype === result.dtype && layoutOf(matrices)) return matrices;
  const block = Block.allocate(array.size * dtypes[result.dtype].itemsize, heap);
  const copy = new NDArray(block, result.dtype, array.shape, contiguousStrides(array.shape), 0);
  copies.push(copy);
  yield* applySteps(plan(identity, [array], { out: copy }));
  return contiguousMatrices(matrices, copy);
}

function layoutOf(matrices: Matrices): Omit<Placed, "typed"> | undefined {
  const { rows, columns, rowStride, columnStride } = matrices;
  if ((columnStride === 1 || columns === 1) && (rowStride >= columns || rows === 1))
    return { transposed: false, stride: rows === 1 ? columns : rowStride };
  if ((rowStride === 1 || rows === 1) && (columnStride >= rows || columns === 1))
    return { transposed: true, stride: columns === 1 ? rows : columnStride };
  return undefined;
}

function placed(matrices: Matrices, which: number): Placed {
  const { array, rows, columns, offsets } = matrices;
  const { transposed, stride } = layoutOf(matrices)!;
  const [lines, length] = transposed ? [columns, rows] : [rows, columns];
  const start = array.offset + offsets[which]!;
  const typed = (array.elements as Reals).subarray(start, start + (lines - 1) * stride + length);
  return { typed, transposed, stride };
}
