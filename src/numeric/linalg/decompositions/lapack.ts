/**
 * Decompositions by the system's LAPACK, which wants matrices column by column: what lies row by row is to it the
 * transposed matrix, and that is used below.
 * @see https://netlib.org/lapack/explore-html/
 *
 * @module
 */
import type { Lapack, NativeFunction } from "ungil/native";
import type { MixedSteps } from "../../crew/steps.js";
import type { Engine } from "./engine.js";

/** Calls of about so many operations take tens of microseconds. */
const fewOperations = 20_000;

export function lapackEngine(lapack: Lapack): Engine {
  return {
    *solve(n, count, a, b) {
      const info = new Int32Array(1);
      const pivots = new Int32Array(n);
      yield* call(lapack.dgesv, n * n * (n + count), [[n], [count], a, [n], pivots, b, [n], info]);
      return info[0] === 0;
    },
    *cholesky(n, a) {
      const info = new Int32Array(1);
      yield* call(lapack.dpotrf, n ** 3, ["U", [n], a, [n], info]);
      return info[0] === 0;
    },
    *qr(m, n, width, a, q, r) {
      const values = Math.min(m, n);
      const tau = new Float64Array(values);
      const info = new Int32Array(1);
      const operations = m * n * width;
      yield* withWork((work, size) =>
        call(lapack.dgeqrf, size[0] === -1 ? 0 : operations, [[m], [n], a, [m], tau, work, size, info]),
      );
      for (let row = 0; row < width; row++) {
        for (let column = 0; column < n; column++)
          r[row * n + column] = column < row ? 0 : a[column * m + row]!;
      }
      q.set(a.subarray(0, values * m));
      yield* withWork((work, size) =>
        call(lapack.dorgqr, size[0] === -1 ? 0 : operations, [
          [m],
          [width],
          [values],
          q,
          [m],
          tau,
          work,
          size,
          info,
        ]),
      );
    },
    *svd(m, n, full, a, u, s, vh) {
      const info = new Int32Array(1);
      const values = Math.min(m, n);
      const width = full ? m : values;
      const integers = new Int32Array(8 * values);
      // aᵀ = vhᵀ · s · uᵀ, and column by column vhᵀ lies as vh does row by row
      const job = full ? "A" : "S";
      yield* withWork((work, size) =>
        call(lapack.dgesdd, size[0] === -1 ? 0 : 10 * m * n * values, [
          job,
          [n],
          [m],
          a,
          [n],
          s,
          vh,
          [n],
          u,
          [width],
          work,
          size,
          integers,
          info,
        ]),
      );
      return info[0] === 0;
    },
    *eigh(n, lower, a, w) {
      const info = new Int32Array(1);
      const integers = new Int32Array(3 + 5 * n);
      // row by row, the lower triangle is where column by column the upper one is
      const triangle = lower ? "U" : "L";
      yield* withWork((work, size) =>
        call(lapack.dsyevd, size[0] === -1 ? 0 : 10 * n ** 3, [
          "V",
          triangle,
          [n],
          a,
          [n],
          w,
          work,
          size,
          integers,
          [size[0] === -1 ? -1 : integers.length],
          info,
        ]),
      );
      return info[0] === 0;
    },
  };
}

function* call<A extends unknown[]>(
  fn: NativeFunction<(...args: A) => void>,
  operations: number,
  args: A,
): MixedSteps<void> {
  yield { now: () => fn(...args), later: () => fn.submit(...args), isShort: operations <= fewOperations };
}

/** Makes a call with the room that it asks for when it is made with a size of -1. */
function* withWork(make: (work: Float64Array, size: number[]) => MixedSteps<void>): MixedSteps<void> {
  const wanted = new Float64Array(1);
  yield* make(wanted, [-1]);
  const size = Math.max(1, Math.ceil(wanted[0]!));
  yield* make(new Float64Array(size), [size]);
}
