// ungil/numeric, in its synchronous form, with as many threads as the first argument says.
import { findBlas } from "../../../dist/node/native.js";
import * as numeric from "../../../dist/node/numeric.js";
import { keep, serve, uniform } from "./serve.mjs";

// looked up by name
const np = { ...numeric };
np.setNumThreads(Number(process.argv[2] ?? 1));
const rng = np.defaultRng(1);
const fast = np.fastRng(1);
const fused = np.compile((a, b, c) => a * b + c);
const triad = np.compile((a, b) => a + 3 * b);
const above = np.compile((a) => a > 0.5);

const given = keep((dtype, n) => {
  const array = np.from(uniform(dtype, n), { dtype });
  return n === 1024 ? array.reshape([n, n]) : array;
});

/** Does it, and gives the memory of the result back, as NumPy does when a result is dropped. */
const dropped = (make) => () => make().dispose();

function work(operation, dtype, n) {
  const [a, b, c, out] = [0, 1, 2, 3].map((k) => given(dtype, n, k));
  switch (operation) {
    case "sum":
    case "mean":
    case "std":
    case "min":
    case "max":
      return () => np[`${operation}Sync`](a);
    case "var":
      return () => np.varianceSync(a);
    case "dot":
      return () => np.dotSync(a, b);
    case "cumsum":
    case "sort":
    case "argsort":
      return dropped(() => np[`${operation}Sync`](a));
    case "histogram":
      return () => {
        const { counts, edges } = np.histogramSync(a, { bins: 100, range: [0, 1] });
        counts.dispose();
        edges.dispose();
      };
    case "random":
      return dropped(() => fast.randomSync(n, { dtype }));
    case "random-numpy":
      return dropped(() => rng.randomSync(n, { dtype }));
    case "fused":
      return dropped(() => fused.sync(a, b, c));
    case "triad":
      return dropped(() => triad.sync(a, b));
    case "sqrt":
    case "exp":
    case "log":
    case "sin":
      return () => np[`${operation}Sync`](a, { out });
    case "count":
      return () => {
        const mask = above.sync(a);
        np.countNonzeroSync(mask);
        mask.dispose();
      };
    case "matmul":
      return dropped(() => np.matmulSync(a, b, { blas: "none" }));
    case "matmul-blas":
      // of the whole process; without a BLAS the row is missing
      findBlas().threads.set(np.getNumThreads());
      return dropped(() => np.matmulSync(a, b, { blas: "auto" }));
    default:
      return undefined;
  }
}

await serve(`ungil, ${np.getNumThreads()} thread(s)`, work);
