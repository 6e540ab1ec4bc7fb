/**
 * Decompositions by the package ml-matrix, which follows JAMA. These functions need nothing but what they are given: they
 * are also sent to another thread.
 * @see https://github.com/mljs/matrix
 *
 * @module
 */
import type { Matrix } from "ml-matrix";

export type Package = typeof import("ml-matrix");

/** By the names of an engine's functions, whose arguments they take, behind the package. */
export const packageOperations = { solve, cholesky, qr, svd, eigh };

function solve(ml: Package, n: number, count: number, a: Float64Array, b: Float64Array): boolean {
  const lu = new ml.LuDecomposition(made(ml, n, n, (i, j) => a[j * n + i]!));
  if (lu.isSingular()) return false;
  const x = lu.solve(made(ml, n, count, (i, j) => b[j * n + i]!));
  fill(b, count, n, (j, i) => x.get(i, j));
  return true;
}

function cholesky(ml: Package, n: number, a: Float64Array): boolean {
  const symmetric = made(ml, n, n, (i, j) => a[Math.max(i, j) * n + Math.min(i, j)]!);
  // with NaN it is not even symmetric
  if (!symmetric.isSymmetric()) return false;
  const decomposition = new ml.CholeskyDecomposition(symmetric);
  if (!decomposition.isPositiveDefinite()) return false;
  const l = decomposition.lowerTriangularMatrix;
  fill(a, n, n, (i, j) => l.get(i, j));
  return true;
}

function qr(
  ml: Package,
  m: number,
  n: number,
  width: number,
  a: Float64Array,
  q: Float64Array,
  r: Float64Array,
): boolean {
  const source = made(ml, m, n, (i, j) => a[j * m + i]!);
  const orthogonal = orthogonalOf(ml, source, width);
  fill(q, width, m, (j, i) => orthogonal.get(i, j));
  const product = orthogonal.transpose().mmul(source);
  fill(r, width, n, (i, j) => (j < i ? 0 : product.get(i, j)));
  return true;
}

function svd(
  ml: Package,
  m: number,
  n: number,
  full: boolean,
  a: Float64Array,
  u: Float64Array,
  s: Float64Array,
  vh: Float64Array,
): boolean {
  const values = Math.min(m, n);
  const source = made(ml, m, n, (i, j) => a[i * n + j]!);
  const scale = scaleOf(source);
  source.div(scale);
  const decomposition = new ml.SingularValueDecomposition(source, { autoTranspose: true });
  const left = completed(ml, decomposition.leftSingularVectors, values, full);
  const right = completed(ml, decomposition.rightSingularVectors, values, full);
  for (let k = 0; k < values; k++) s[k] = decomposition.diagonal[k]! * scale;
  fill(u, m, left.columns, (i, j) => left.get(i, j));
  fill(vh, right.columns, n, (i, j) => right.get(j, i));
  return true;
}

function eigh(ml: Package, n: number, lower: boolean, a: Float64Array, w: Float64Array): boolean {
  const source = made(ml, n, n, (i, j) => {
    const [far, near] = [Math.max(i, j), Math.min(i, j)];
    return lower ? a[far * n + near]! : a[near * n + far]!;
  });
  const scale = scaleOf(source);
  source.div(scale);
  const { realEigenvalues, eigenvectorMatrix } = new ml.EigenvalueDecomposition(source, {
    assumeSymmetric: true,
  });
  const order = realEigenvalues.map((_, k) => k);
  order.sort((one, two) => realEigenvalues[one]! - realEigenvalues[two]!);
  for (const [k, which] of order.entries()) w[k] = realEigenvalues[which]! * scale;
  fill(a, n, n, (j, i) => eigenvectorMatrix.get(i, order[j]!));
  return true;
}

function made(ml: Package, rows: number, columns: number, at: (i: number, j: number) => number): Matrix {
  const matrix = new ml.Matrix(rows, columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) matrix.set(i, j, at(i, j));
  }
  return matrix;
}

function fill(
  target: Float64Array,
  rows: number,
  columns: number,
  at: (i: number, j: number) => number,
): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) target[i * columns + j] = at(i, j);
  }
}

/** A power of two near the largest element: scaled by it, squares neither overflow nor vanish, and no bits are lost. */
function scaleOf(matrix: Matrix): number {
  const largest = Math.max(matrix.max(), -matrix.min());
  return largest === 0 ? 1 : 2 ** Math.max(-1000, Math.floor(Math.log2(largest)));
}

/**
 * The orthogonal matrix of a QR decomposition: of its first columns, as the others change nothing, and with zeros behind
 * them if more are wanted. Their reflections are none, so that the columns are completed to a basis.
 */
function orthogonalOf(ml: Package, source: Matrix, width: number): Matrix {
  const padded = new ml.Matrix(source.rows, width);
  for (let i = 0; i < source.rows; i++) {
    for (let j = 0; j < Math.min(width, source.columns); j++) padded.set(i, j, source.get(i, j));
  }
  return new ml.QrDecomposition(padded).orthogonalMatrix;
}

/** The first so many columns, completed to a basis if all are wanted. */
function completed(ml: Package, vectors: Matrix, count: number, full: boolean): Matrix {
  const { rows } = vectors;
  const kept = vectors.subMatrix(0, rows - 1, 0, count - 1);
  if (!full || rows === count) return kept;
  const basis = orthogonalOf(ml, kept, rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < count; j++) basis.set(i, j, kept.get(i, j));
  }
  return basis;
}
