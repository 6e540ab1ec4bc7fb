/**
 * Solving and decomposing stacks of matrices: in doubles, one matrix after the other.
 *
 * @module
 */
import { LinAlgError } from "../../../errors.js";
import { broadcastShapes } from "../../array/broadcast.js";
import { NDArray } from "../../array/ndarray.js";
import type { MixedSteps } from "../../crew/steps.js";
import type { Engine } from "./engine.js";
import { copiedSteps, copiesSteps, frontOf, linalgType, partsOf } from "./operands.js";

/** Arrays that an operation needs until it ends. */
class Made {
  readonly #arrays: NDArray[] = [];

  add<A extends NDArray>(array: A): A {
    this.#arrays.push(array);
    return array;
  }

  empty(shape: readonly number[]): NDArray<"float64"> {
    return this.add(NDArray.allocate("float64", shape));
  }

  [Symbol.dispose](): void {
    for (const array of this.#arrays) array.dispose();
  }
}

/** What solves `a · x = b`; a vector `b` is one column. */
export function* solveSteps(engine: Engine, a: NDArray, b: NDArray): MixedSteps<NDArray> {
  using made = new Made();
  const isVector = b.ndim === 1;
  const n = a.shape.at(-1)!;
  const columns = isVector ? b.expandDims(1) : b;
  const count = columns.shape.at(-1)!;
  const front = broadcastShapes(frontOf(a), frontOf(columns));
  const dtype = linalgType(a, b);
  const left = made.add(yield* copiedSteps(a.swapaxes(-1, -2), "float64", [...front, n, n]));
  const right = made.add(yield* copiedSteps(columns.swapaxes(-1, -2), "float64", [...front, count, n]));
  if (left.size > 0 && right.size > 0) {
    for (const { parts, name } of partsOf(front, left, right)) {
      const [matrix, values] = parts as [Float64Array, Float64Array];
      if (!(yield* engine.solve(n, count, matrix, values)))
        throw new LinAlgError(`${name} is singular: there is no one solution, or none at all`);
    }
  }
  const x = right.swapaxes(-1, -2);
  return yield* copiedSteps(isVector ? x.squeeze(-1) : x, dtype);
}

/** Lower triangles. */
export function* choleskySteps(engine: Engine, a: NDArray): MixedSteps<NDArray> {
  using made = new Made();
  const n = a.shape.at(-1)!;
  const l = made.add(yield* copiedSteps(a, "float64"));
  if (l.size > 0) {
    for (const { parts, name } of partsOf(frontOf(a), l)) {
      const [matrix] = parts as [Float64Array];
      let isDefinite = yield* engine.cholesky(n, matrix);
      for (let row = 0; row < n; row++) {
        // of NaN, some LAPACKs don't tell
        isDefinite &&= matrix[row * n + row]! > 0;
        matrix.fill(0, row * n + row + 1, (row + 1) * n);
      }
      if (!isDefinite) throw new LinAlgError(`${name} is not positive definite`);
    }
  }
  return yield* copiedSteps(l, linalgType(a));
}

/** Matrices q and r, stacked. */
export function* qrSteps(engine: Engine, a: NDArray, isComplete: boolean): MixedSteps<NDArray[]> {
  using made = new Made();
  const [m, n] = a.shape.slice(-2) as [number, number];
  const front = frontOf(a);
  const width = isComplete ? m : Math.min(m, n);
  const columns = made.add(yield* copiedSteps(a.swapaxes(-1, -2), "float64"));
  const q = made.empty([...front, width, m]);
  const r = made.empty([...front, width, n]);
  if (columns.size > 0) {
    for (const { parts } of partsOf(front, columns, q, r)) {
      yield* engine.qr(m, n, width, ...(parts as [Float64Array, Float64Array, Float64Array]));
    }
  } else fillIdentities(q);
  return yield* copiesSteps([q.swapaxes(-1, -2), r], linalgType(a));
}

/** u, s and vh, stacked. */
export function* svdSteps(engine: Engine, a: NDArray, isFull: boolean): MixedSteps<NDArray[]> {
  using made = new Made();
  const [m, n] = a.shape.slice(-2) as [number, number];
  const front = frontOf(a);
  const count = Math.min(m, n);
  const rows = made.add(yield* copiedSteps(a, "float64"));
  const u = made.empty([...front, m, isFull ? m : count]);
  const s = made.empty([...front, count]);
  const vh = made.empty([...front, isFull ? n : count, n]);
  if (rows.size > 0) {
    for (const { parts, name } of partsOf(front, rows, u, s, vh)) {
      const [matrix, left, values, right] = parts as [Float64Array, Float64Array, Float64Array, Float64Array];
      checkFinite(matrix, name);
      if (!(yield* engine.svd(m, n, isFull, matrix, left, values, right)))
        throw new LinAlgError(`the singular values of ${name} did not converge`);
    }
  } else {
    fillIdentities(u);
    fillIdentities(vh);
  }
  return yield* copiesSteps([u, s, vh], linalgType(a));
}

/** Eigenvalues and eigenvectors, stacked. */
export function* eighSteps(engine: Engine, a: NDArray, isLower: boolean): MixedSteps<NDArray[]> {
  using made = new Made();
  const n = a.shape.at(-1)!;
  const front = frontOf(a);
  const vectors = made.add(yield* copiedSteps(a, "float64"));
  const values = made.empty([...front, n]);
  if (vectors.size > 0) {
    for (const { parts, name } of partsOf(front, vectors, values)) {
      const [matrix, eigenvalues] = parts as [Float64Array, Float64Array];
      for (let row = 0; row < n; row++)
        checkFinite(matrix.subarray(row * n + (isLower ? 0 : row), row * n + (isLower ? row + 1 : n)), name);
      if (!(yield* engine.eigh(n, isLower, matrix, eigenvalues)))
        throw new LinAlgError(`the eigenvalues of ${name} did not converge`);
    }
  }
  return yield* copiesSteps([values, vectors.swapaxes(-1, -2)], linalgType(a));
}

function fillIdentities(stack: NDArray<"float64">): void {
  stack.fill(0);
  if (stack.size === 0) return;
  for (const { parts } of partsOf(frontOf(stack), stack)) {
    const width = stack.shape.at(-1)!;
    const [matrix] = parts as [Float64Array];
    for (let k = 0; k < matrix.length; k += width + 1) matrix[k] = 1;
  }
}

/** Methods that repeat until they converge may not end with NaN. */
function checkFinite(elements: Float64Array, name: string): void {
  if (!elements.every(Number.isFinite))
    throw new LinAlgError(`${name} has elements that are not finite: it has no such decomposition`);
}
