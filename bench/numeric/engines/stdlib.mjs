// @stdlib: strided arrays in JavaScript, one package for each function.
import { createRequire } from "node:module";
import { keep, serve, uniform } from "./serve.mjs";

const require = createRequire(import.meta.url);
const load = (name) => require(`@stdlib/${name}`);
const functions = { exp: "exp", log: "ln", sin: "sin" };
const { version } = require("@stdlib/blas-base-ddot/package.json");

/** Its names begin with the letter of a type of elements. */
const letters = { float64: "d", float32: "s" };

const given = keep(uniform);

// results go into `out`, as its functions are made for
function work(operation, dtype, n) {
  const letter = letters[dtype];
  const [a, b, out] = [0, 1, 2].map((k) => given(dtype, n, k));
  switch (operation) {
    case "sum":
      return call(load(`blas-ext-base-${letter}sum`), n, a, 1);
    case "mean":
      return call(load(`stats-strided-${letter}mean`), n, a, 1);
    case "max":
      return call(load(`stats-strided-${letter}max`), n, a, 1);
    case "dot":
      return call(load(`blas-base-${letter}dot`), n, a, 1, b, 1);
    case "cumsum":
      return call(load(`blas-ext-base-${letter}cusum`), n, 0, a, 1, out, 1);
    case "sort":
      return sortCopy(load(`blas-ext-base-${letter}sorthp`), a);
    case "sqrt":
      return call(load(`math-strided-special-${letter}sqrt`), n, a, 1, out, 1);
    case "exp":
    case "log":
    case "sin":
      return call(
        load(`strided-base-${letter}map`),
        n,
        a,
        1,
        out,
        1,
        load(`math-base-special-${functions[operation]}`),
      );
    case "matmul":
      return call(
        load(`blas-base-${letter}gemm`),
        "row-major",
        "no-transpose",
        "no-transpose",
        n,
        n,
        n,
        1,
        a,
        n,
        b,
        n,
        0,
        out,
        n,
      );
    default:
      return undefined;
  }
}

function call(kernel, ...args) {
  return () => kernel(...args);
}

function sortCopy(kernel, a) {
  return () => kernel(a.length, 1, a.slice(), 1);
}

await serve(`@stdlib/blas-base-ddot ${version}`, work);
