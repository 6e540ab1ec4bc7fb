// @stdlib: sums and dot products of strided arrays, in JavaScript.
import { createRequire } from "node:module";
import { keep, serve, uniform } from "./serve.mjs";

const require = createRequire(import.meta.url);
const kernels = {
  float64: { sum: require("@stdlib/blas-ext-base-dsum"), dot: require("@stdlib/blas-base-ddot") },
  float32: { sum: require("@stdlib/blas-ext-base-ssum"), dot: require("@stdlib/blas-base-sdot") },
};
const { version } = require("@stdlib/blas-base-ddot/package.json");

const given = keep(uniform);

function work(operation, dtype, n) {
  const kernel = kernels[dtype]?.[operation];
  if (!kernel) return undefined;
  const [a, b] = [0, 1].map((k) => given(dtype, n, k));
  return operation === "sum" ? () => kernel(n, a, 1) : () => kernel(n, a, 1, b, 1);
}

await serve(`@stdlib/blas-base-ddot ${version}`, work);
