import assert from "node:assert/strict";
import { test } from "node:test";
import {
  choleskySync,
  eighSync,
  invSync,
  matmulSync,
  type NDArray,
  qrSync,
  solveSync,
  svdSync,
} from "ungil/numeric";
import { listOf } from "../support/arrays.js";
import { assertNear, roundingOf, stackOf, ways } from "../support/linalg.js";
import { live, pack, unpack, valuesOf, withoutNumPy } from "../support/numpy.js";

type Call = (a: NDArray, options: { readonly blas: "auto" | "none" }) => NDArray;

/** Of vectors whose signs are free, their absolute values. */
const calls: Readonly<Record<string, Call>> = {
  "np.linalg.solve(a, a[..., :2])": (a, options) => solveSync(a, a.slice("...", [0, 2]), options),
  "np.linalg.inv(a)": (a, options) => invSync(a, options),
  "np.linalg.cholesky(a)": (a, options) => choleskySync(a, options),
  "np.linalg.qr(a[..., :3])[0]": (a, options) => qrSync(a.slice("...", [0, 3]), options).Q,
  "np.linalg.qr(a[..., :3])[1]": (a, options) => qrSync(a.slice("...", [0, 3]), options).R,
  "np.linalg.qr(a[..., :3], mode='complete')[1]": (a, options) =>
    qrSync(a.slice("...", [0, 3]), { ...options, mode: "complete" }).R,
  "np.linalg.svd(a)[0]": (a, options) => svdSync(a, options).U,
  "np.linalg.svd(a[..., :3], full_matrices=False)[0]": (a, options) =>
    svdSync(a.slice("...", [0, 3]), { ...options, fullMatrices: false }).U,
  "np.linalg.svd(a)[1]": (a, options) => svdSync(a, options).S,
  "np.linalg.svd(a)[2]": (a, options) => svdSync(a, options).Vh,
  "np.linalg.eigh(a)[0]": (a, options) => eighSync(a, options).eigenvalues,
  "np.linalg.eigh(a)[1]": (a, options) => eighSync(a, options).eigenvectors,
  "np.linalg.eigh(a, UPLO='U')[0]": (a, options) => eighSync(a, { ...options, UPLO: "U" }).eigenvalues,
  "a @ a": (a, options) => matmulSync(a, a, options),
};

for (const { way, blas, skip } of ways) {
  test(`linear algebra by ${way} gives what NumPy gives, up to the signs of vectors`, {
    skip: withoutNumPy() || skip,
  }, () => {
    const stacks = (["float64", "float32", "int16"] as const).flatMap((dtype, k) =>
      [[], [2], [2, 3]].map((front, seed) =>
        // the diagonal makes them positive definite
        stackOf({ dtype, front, m: 5, n: 5, how: "in order", seed: seed + 10 * k + 1 }, 60, true),
      ),
    );
    const requests = stacks.flatMap((a) =>
      Object.keys(calls).map((expression) => ({ expression, inputs: { a: pack(a) } })),
    );
    for (const { expression, inputs, output } of live(requests)) {
      const a = unpack(inputs["a"]!);
      const value = calls[expression]!(a, { blas });
      const title = `${expression} of ${a.dtype} ${a.shape.join(" × ")}`;
      assert.deepEqual(value.shape, output.shape, title);
      assert.equal(value.dtype, output.dtype, title);
      const [found, expected] = [listOf(value), valuesOf(output)].map((list) => list.map(Math.abs));
      assertNear([found!], [expected!], 1e3 * roundingOf(a.dtype), title);
    }
  });
}
