// How late a timer of 1 ms is while something goes on; what is answered is the time between its calls, in microseconds.
import { performance } from "node:perf_hooks";
import { matmul, ones } from "../../../dist/node/numeric.js";
import { serve } from "./serve.mjs";

/** So long is looked at least, in ms. */
const least = 1000;

async function gapsDuring(work) {
  const times = [];
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    times.push((now - last) * 1000);
    last = now;
  }, 1);
  const start = performance.now();
  do await work();
  while (performance.now() - start < least);
  clearInterval(timer);
  // what there was since the last call counts too
  times.push((performance.now() - last) * 1000);
  return times;
}

const idle = () => new Promise((resolve) => setTimeout(resolve, least));

function work(operation, dtype, n) {
  const blas = { idle: undefined, matmul: "none", "matmul-blas": "auto" }[operation];
  if (!blas) return { times: () => gapsDuring(idle) };
  const a = ones([n, n], { dtype });
  return {
    times: async () => {
      const times = await gapsDuring(async () => (await matmul(a, a, { blas })).dispose());
      a.dispose();
      return times;
    },
  };
}

await serve("ungil", work);
