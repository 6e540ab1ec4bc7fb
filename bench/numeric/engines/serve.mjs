// The other end of the runner, for engines in JavaScript: what they answer is told line by line.
import { createInterface } from "node:readline";

/** Nobody is measured for longer in one go, in milliseconds: more repetitions of what takes seconds say nothing new. */
const longest = 1000;

/**
 * @param name - of the engine, with its version.
 * @param work - gives a function that does an operation once, or an object that measures by itself, `times`; undefined
 *   where the engine has none.
 */
export async function serve(name, work) {
  const tell = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);
  tell({ ready: name });
  for await (const line of createInterface({ input: process.stdin })) {
    const { operation, dtype, n, repetitions } = JSON.parse(line);
    try {
      const run = await work(operation, dtype, n);
      if (!run) {
        tell({ missing: "not there" });
        continue;
      }
      if (run.times) {
        tell({ times: await run.times() });
        continue;
      }
      const times = [];
      const end = performance.now() + longest;
      for (let i = 0; i < repetitions && (i === 0 || performance.now() < end); i++) {
        const start = performance.now();
        const result = run();
        if (result instanceof Promise) await result;
        times.push((performance.now() - start) * 1000);
      }
      tell({ times });
    } catch (error) {
      tell({ missing: String(error) });
    }
  }
}

const kept = new Map();

/** The same array for the same type, size and number. */
export function keep(make) {
  return (dtype, n, k) => {
    const key = `${dtype} ${n} ${k}`;
    if (!kept.has(key)) kept.set(key, make(dtype, n, k));
    return kept.get(key);
  };
}

/** A typed array of numbers from 0 to 1. */
export function uniform(dtype, n) {
  const size = n === 1024 ? n * n : n;
  const values = dtype === "float64" ? new Float64Array(size) : new Float32Array(size);
  let state = 12_345;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    values[i] = state / 2 ** 32;
  }
  return values;
}
