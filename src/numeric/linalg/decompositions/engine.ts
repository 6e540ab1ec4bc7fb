/**
 * What decomposes single matrices of doubles in the arena: LAPACK, or a package.
 *
 * @module
 */
import type { MixedSteps } from "../../crew/steps.js";

/**
 * Each function writes where it is told to, also over what it was given to work on. "Rows" and "columns" say what lies
 * together in memory: `aRows` is a matrix row by row.
 */
export interface Engine {
  /**
   * `a · x = b`.
   * @param bColumns - n × `count`; becomes x.
   * @returns false if `a` is singular.
   */
  solve(n: number, count: number, aColumns: Float64Array, bColumns: Float64Array): MixedSteps<boolean>;
  /**
   * `a = l · lᵀ`, of which the lower triangle of `a` is read, and becomes `l`; what is above it is left as it may be.
   * @returns false if `a` is not positive definite.
   */
  cholesky(n: number, aRows: Float64Array): MixedSteps<boolean>;
  /**
   * `a = q · r`.
   * @param qColumns - m × `width`, which is m or the smaller one of m and n.
   * @param rRows - `width` × n.
   */
  qr(
    m: number,
    n: number,
    width: number,
    aColumns: Float64Array,
    qColumns: Float64Array,
    rRows: Float64Array,
  ): MixedSteps<unknown>;
  /**
   * `a = u · s · vh`, with the greatest singular value first.
   * @param full - whether `u` and `vh` are square: else they have as many columns, and rows, as there are values.
   * @returns false if it did not converge.
   */
  svd(
    m: number,
    n: number,
    full: boolean,
    aRows: Float64Array,
    uRows: Float64Array,
    s: Float64Array,
    vhRows: Float64Array,
  ): MixedSteps<boolean>;
  /**
   * `a · v = v · w` of a symmetric matrix, with the smallest eigenvalue first.
   * @param lower - which triangle of `a` is read.
   * @param a - row by row; becomes `v`, column by column.
   * @returns false if it did not converge.
   */
  eigh(n: number, lower: boolean, a: Float64Array, w: Float64Array): MixedSteps<boolean>;
}
