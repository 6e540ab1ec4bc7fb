// numpy-ts.
import { readFileSync } from "node:fs";
import * as numpyTs from "numpy-ts";
import { keep, serve, uniform } from "./serve.mjs";

const { version } = JSON.parse(
  readFileSync(new URL("../../node_modules/numpy-ts/package.json", import.meta.url), "utf8"),
);

// looked up by name
const np = { ...numpyTs };

const given = keep((dtype, n) => {
  const array = np.array(Array.from(uniform(dtype, n)), dtype);
  return n === 1024 ? array.reshape(n, n) : array;
});

function work(operation, dtype, n) {
  if (n > 1_000_000) return undefined;
  const [a, b, c] = [0, 1, 2].map((k) => given(dtype, n, k));
  const dropped = (make) => () => make()?.dispose?.();
  switch (operation) {
    case "sum":
    case "mean":
    case "std":
    case "var":
    case "min":
    case "max":
      return () => a[operation]();
    case "dot":
      return () => np.dot(a, b);
    case "matmul":
      return dropped(() => np.matmul(a, b));
    case "histogram":
      return () => np.histogram(a, 100);
    case "cumsum":
    case "sort":
    case "argsort":
    case "sqrt":
    case "exp":
    case "log":
    case "sin":
      return dropped(() => np[operation](a));
    case "random":
      return dtype === "float64" ? dropped(() => np.random.random([n])) : undefined;
    case "fused":
      return () => {
        const product = np.multiply(a, b);
        np.add(product, c)?.dispose?.();
        product?.dispose?.();
      };
    case "count":
      return () => np.count_nonzero(np.greater(a, 0.5));
    default:
      return undefined;
  }
}

await serve(`numpy-ts ${version}`, work);
