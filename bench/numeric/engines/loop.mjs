// Plain loops over typed arrays.
import { keep, serve, uniform } from "./serve.mjs";

const given = keep(uniform);

function each(fn) {
  return (a, out) => {
    for (let i = 0; i < a.length; i++) out[i] = fn(a[i]);
  };
}
const [sqrt, exp, log, sin] = [Math.sqrt, Math.exp, Math.log, Math.sin].map(each);

function sum(a) {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i];
  return total;
}

function variance(a) {
  const mean = sum(a) / a.length;
  let total = 0;
  for (let i = 0; i < a.length; i++) total += (a[i] - mean) ** 2;
  return total / a.length;
}

function work(operation, dtype, n) {
  const [a, b, c, out] = [0, 1, 2, 3].map((k) => given(dtype, n, k));
  const fresh = () => new a.constructor(a.length);
  switch (operation) {
    case "sum":
      return () => sum(a);
    case "mean":
      return () => sum(a) / n;
    case "var":
      return () => variance(a);
    case "std":
      return () => Math.sqrt(variance(a));
    case "min":
      return () => {
        let least = Infinity;
        for (let i = 0; i < n; i++) if (a[i] < least) least = a[i];
        return least;
      };
    case "max":
      return () => {
        let greatest = -Infinity;
        for (let i = 0; i < n; i++) if (a[i] > greatest) greatest = a[i];
        return greatest;
      };
    case "dot":
      return () => {
        let total = 0;
        for (let i = 0; i < n; i++) total += a[i] * b[i];
        return total;
      };
    case "cumsum":
      return () => {
        let total = 0;
        for (let i = 0; i < n; i++) out[i] = total += a[i];
      };
    case "histogram":
      return () => {
        const counts = new Int32Array(100);
        for (let i = 0; i < n; i++) counts[Math.min(99, Math.floor(a[i] * 100))]++;
      };
    case "sort":
      return () => a.toSorted();
    case "random":
      return () => {
        const made = fresh();
        for (let i = 0; i < n; i++) made[i] = Math.random();
      };
    case "fused":
      return () => {
        const made = fresh();
        for (let i = 0; i < n; i++) made[i] = a[i] * b[i] + c[i];
      };
    case "triad":
      return () => {
        const made = fresh();
        for (let i = 0; i < n; i++) made[i] = a[i] + 3 * b[i];
      };
    case "sqrt":
      return () => sqrt(a, out);
    case "exp":
      return () => exp(a, out);
    case "log":
      return () => log(a, out);
    case "sin":
      return () => sin(a, out);
    case "count":
      return () => {
        let count = 0;
        for (let i = 0; i < n; i++) if (a[i] > 0.5) count++;
        return count;
      };
    default:
      return undefined;
  }
}

await serve(`plain loops, Node ${process.versions.node}`, work);
