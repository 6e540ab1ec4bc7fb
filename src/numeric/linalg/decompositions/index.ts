/**
 * Solving linear equations, and decompositions of matrices: NumPy's `linalg`.
 *
 * @module
 */
import { InvalidArgumentError } from "../../../errors.js";
import { checkBoolean, checkOneOf } from "../../../validate.js";
import { broadcastShapes } from "../../array/broadcast.js";
import type { NDArray } from "../../array/ndarray.js";
import { shapeText } from "../../array/shape.js";
import { eye } from "../../creation/filled.js";
import type { DType } from "../../dtype.js";
import { type BlasOptions, blasChoice } from "../blas/setting.js";
import { checkOperand } from "../operands.js";
import { checkMatrices, checkSquare, frontOf, type LinalgType, linalgType } from "./operands.js";
import { doLater, doNow, type Plan } from "./run.js";
import { choleskySteps, eighSteps, qrSteps, solveSteps, svdSteps } from "./steps.js";

export type { LinalgType } from "./operands.js";

/** `a = Q · R`. */
export interface QRResult<T extends DType = DType> {
  /** Of shape `[..., m, k]`: its columns are orthonormal. */
  readonly Q: NDArray<T>;
  /** Of shape `[..., k, n]`, with zeros below the diagonal. */
  readonly R: NDArray<T>;
}

/** `a = U · diag(S) · Vh`. */
export interface SVDResult<T extends DType = DType> {
  /** Of shape `[..., m, m]` or `[..., m, k]`: its columns are orthonormal. */
  readonly U: NDArray<T>;
  /** The singular values, of shape `[..., k]`, the greatest first. */
  readonly S: NDArray<T>;
  /** Of shape `[..., n, n]` or `[..., k, n]`: its rows are orthonormal. */
  readonly Vh: NDArray<T>;
}

/** `a · eigenvectors = eigenvectors · diag(eigenvalues)`. */
export interface EighResult<T extends DType = DType> {
  /** Of shape `[..., n]`, the smallest first. */
  readonly eigenvalues: NDArray<T>;
  /** Of shape `[..., n, n]`: its columns are orthonormal, each belongs to the eigenvalue of its index. */
  readonly eigenvectors: NDArray<T>;
}

/** Options of {@link qr}. */
export interface QROptions extends BlasOptions {
  /** `"reduced"`: k is the smaller one of m and n; `"complete"`: it is m. Default `"reduced"`. */
  readonly mode?: "reduced" | "complete" | undefined;
}

/** Options of {@link svd}. */
export interface SVDOptions extends BlasOptions {
  /** Whether U and Vh are square; else they have k columns, and rows. Default true, as NumPy's. */
  readonly fullMatrices?: boolean | undefined;
}

/** Options of {@link eigh}. */
export interface EighOptions extends BlasOptions {
  /** Which triangle of the matrix is read: the lower or the upper one. Default `"L"`. */
  readonly UPLO?: "L" | "U" | undefined;
}

/**
 * Solves `a · x = b`: NumPy's `linalg.solve`, by LU decomposition with pivots. The event loop goes on meanwhile.
 *
 * It is computed by the system's LAPACK where there is one, see {@link setBlas}; else by the package ml-matrix, in another
 * thread. That holds for all of {@link solve}, {@link inv}, {@link cholesky}, {@link qr}, {@link svd} and {@link eigh}.
 * All of them compute in doubles; the results of float32 are rounded, those of integers are float64. In stacks of matrices
 * the last two axes are the matrices.
 *
 * @param a - of shape `[..., n, n]`.
 * @param b - of shape `[..., n, k]`, whose front axes are broadcast with those of `a`; or a vector of shape `[n]`, for all
 *   matrices of `a`: as in NumPy 2, never a stack of vectors.
 * @param options - `blas`: `"auto"` or `"none"` for this call.
 * @returns of shape `[..., n, k]`, or `[..., n]` for a vector.
 * @throws LinAlgError where a matrix is singular.
 * @throws InvalidArgumentError for matrices that are not square and for shapes that do not fit, from the call.
 * @throws InvalidStateError for an array that was disposed; MemoryError where there is no room.
 * @throws MissingDependencyError where neither LAPACK nor ml-matrix is there; LibraryLoadError if the environment variable
 *   `UNGIL_BLAS` names a library that can't be used.
 * @example
 * const x = await solve(from([[3, 1], [1, 2]]), from([9, 8])); // [2, 3]
 */
export function solve<A extends DType, B extends DType>(
  a: NDArray<A>,
  b: NDArray<B>,
  options?: BlasOptions,
): Promise<NDArray<LinalgType<A, B>>> {
  return doLater(solvePlan(a, b, options));
}

/** As {@link solve}, here and now. */
export function solveSync<A extends DType, B extends DType>(
  a: NDArray<A>,
  b: NDArray<B>,
  options?: BlasOptions,
): NDArray<LinalgType<A, B>> {
  return doNow(solvePlan(a, b, options));
}

function solvePlan<A extends DType, B extends DType>(
  a: NDArray<A>,
  b: NDArray<B>,
  options: BlasOptions | undefined,
): Plan<NDArray, NDArray<LinalgType<A, B>>> {
  const left = checkSquare("a", a);
  const right = checkOperand("b", b);
  const n = left.shape.at(-1)!;
  if (right.ndim === 0 || right.shape.at(right.ndim === 1 ? 0 : -2) !== n) {
    const expected = `of shape [${n}] or [..., ${n}, k], to fit a of shape ${shapeText(left.shape)}`;
    throw new InvalidArgumentError("b", shapeText(right.shape), expected);
  }
  if (right.ndim > 1) broadcastShapes(frontOf(left), frontOf(right));
  return {
    choice: blasChoice(options),
    steps: (engine) => solveSteps(engine, left, right),
    toResult: (x) => x as NDArray<LinalgType<A, B>>,
  };
}

/**
 * The inverse of a matrix: NumPy's `linalg.inv`. To solve equations, {@link solve} is faster and more exact. The event loop
 * goes on meanwhile.
 * @param a - of shape `[..., n, n]`.
 * @param options - `blas`: `"auto"` or `"none"` for this call.
 * @throws LinAlgError where a matrix is singular; what {@link solve} throws.
 */
export function inv<T extends DType>(a: NDArray<T>, options?: BlasOptions): Promise<NDArray<LinalgType<T>>> {
  return doLater(invPlan(a, options));
}

/** As {@link inv}, here and now. */
export function invSync<T extends DType>(a: NDArray<T>, options?: BlasOptions): NDArray<LinalgType<T>> {
  return doNow(invPlan(a, options));
}

function invPlan<T extends DType>(
  a: NDArray<T>,
  options: BlasOptions | undefined,
): Plan<NDArray, NDArray<LinalgType<T>>> {
  const matrices = checkSquare("a", a);
  return {
    choice: blasChoice(options),
    *steps(engine) {
      using unit = eye(matrices.shape.at(-1)!, { dtype: linalgType(matrices) });
      return yield* solveSteps(engine, matrices, unit);
    },
    toResult: (inverse) => inverse as NDArray<LinalgType<T>>,
  };
}

/**
 * The lower triangle L of which `L · Lᵀ` is a symmetric, positive definite matrix: NumPy's `linalg.cholesky`. The event
 * loop goes on meanwhile.
 * @param a - of shape `[..., n, n]`; only its lower triangle is read.
 * @param options - `blas`: `"auto"` or `"none"` for this call.
 * @throws LinAlgError where a matrix is not positive definite; what {@link solve} throws.
 */
export function cholesky<T extends DType>(
  a: NDArray<T>,
  options?: BlasOptions,
): Promise<NDArray<LinalgType<T>>> {
  return doLater(choleskyPlan(a, options));
}

/** As {@link cholesky}, here and now. */
export function choleskySync<T extends DType>(a: NDArray<T>, options?: BlasOptions): NDArray<LinalgType<T>> {
  return doNow(choleskyPlan(a, options));
}

function choleskyPlan<T extends DType>(
  a: NDArray<T>,
  options: BlasOptions | undefined,
): Plan<NDArray, NDArray<LinalgType<T>>> {
  const matrices = checkSquare("a", a);
  return {
    choice: blasChoice(options),
    steps: (engine) => choleskySteps(engine, matrices),
    toResult: (l) => l as NDArray<LinalgType<T>>,
  };
}

/**
 * The QR decomposition of a matrix, by Householder's reflections: NumPy's `linalg.qr`. The event loop goes on meanwhile.
 * @param a - of shape `[..., m, n]`.
 * @param options - `mode`; `blas`.
 * @throws InvalidArgumentError and others as {@link solve} does.
 * @example
 * const { Q, R } = await qr(a);
 */
export function qr<T extends DType>(a: NDArray<T>, options?: QROptions): Promise<QRResult<LinalgType<T>>> {
  return doLater(qrPlan(a, options));
}

/** As {@link qr}, here and now. */
export function qrSync<T extends DType>(a: NDArray<T>, options?: QROptions): QRResult<LinalgType<T>> {
  return doNow(qrPlan(a, options));
}

function qrPlan<T extends DType>(
  a: NDArray<T>,
  options: QROptions | undefined,
): Plan<NDArray[], QRResult<LinalgType<T>>> {
  const matrices = checkMatrices("a", a);
  const choice = blasChoice(options, ["mode"]);
  const { mode = "reduced" } = options ?? {};
  checkOneOf("mode", mode, ["reduced", "complete"]);
  return {
    choice,
    steps: (engine) => qrSteps(engine, matrices, mode === "complete"),
    toResult: ([Q, R]) => ({ Q, R }) as QRResult<LinalgType<T>>,
  };
}

/**
 * The singular value decomposition of a matrix: NumPy's `linalg.svd`. The event loop goes on meanwhile.
 * @param a - of shape `[..., m, n]`; k is the smaller one of m and n.
 * @param options - `fullMatrices`; `blas`.
 * @throws LinAlgError for elements that are not finite, and where it does not converge; what {@link solve} throws.
 * @example
 * const { U, S, Vh } = await svd(a, { fullMatrices: false });
 */
export function svd<T extends DType>(a: NDArray<T>, options?: SVDOptions): Promise<SVDResult<LinalgType<T>>> {
  return doLater(svdPlan(a, options));
}

/** As {@link svd}, here and now. */
export function svdSync<T extends DType>(a: NDArray<T>, options?: SVDOptions): SVDResult<LinalgType<T>> {
  return doNow(svdPlan(a, options));
}

function svdPlan<T extends DType>(
  a: NDArray<T>,
  options: SVDOptions | undefined,
): Plan<NDArray[], SVDResult<LinalgType<T>>> {
  const matrices = checkMatrices("a", a);
  const choice = blasChoice(options, ["fullMatrices"]);
  const { fullMatrices = true } = options ?? {};
  checkBoolean("fullMatrices", fullMatrices);
  return {
    choice,
    steps: (engine) => svdSteps(engine, matrices, fullMatrices),
    toResult: ([U, S, Vh]) => ({ U, S, Vh }) as SVDResult<LinalgType<T>>,
  };
}

/**
 * Eigenvalues and eigenvectors of a symmetric matrix: NumPy's `linalg.eigh`. The event loop goes on meanwhile.
 * @param a - of shape `[..., n, n]`; one of its triangles is read.
 * @param options - `UPLO`, which triangle; `blas`.
 * @throws LinAlgError for elements of the triangle that are not finite, and where it does not converge; what
 *   {@link solve} throws.
 * @example
 * const { eigenvalues, eigenvectors } = await eigh(covariance);
 */
export function eigh<T extends DType>(
  a: NDArray<T>,
  options?: EighOptions,
): Promise<EighResult<LinalgType<T>>> {
  return doLater(eighPlan(a, options));
}

/** As {@link eigh}, here and now. */
export function eighSync<T extends DType>(a: NDArray<T>, options?: EighOptions): EighResult<LinalgType<T>> {
  return doNow(eighPlan(a, options));
}

function eighPlan<T extends DType>(
  a: NDArray<T>,
  options: EighOptions | undefined,
): Plan<NDArray[], EighResult<LinalgType<T>>> {
  const matrices = checkSquare("a", a);
  const choice = blasChoice(options, ["UPLO"]);
  const { UPLO = "L" } = options ?? {};
  checkOneOf("UPLO", UPLO, ["L", "U"]);
  return {
    choice,
    steps: (engine) => eighSteps(engine, matrices, UPLO === "L"),
    toResult: ([eigenvalues, eigenvectors]) => ({ eigenvalues, eigenvectors }) as EighResult<LinalgType<T>>,
  };
}
