// One measurement in a process of its own: one contender in one row, answered by a message to the parent.
import { contenders } from "../contenders.mjs";
import { rowNamed } from "../rows/index.mjs";
import { compute } from "../tasks.mjs";

/** How many iterations of `compute` take 1 µs, undisturbed: the best of short trials. */
function calibrate() {
  const iterations = 1_000_000;
  let best = Number.POSITIVE_INFINITY;
  for (let trial = 0; trial < 50; trial++) {
    const start = performance.now();
    compute(iterations);
    best = Math.min(best, performance.now() - start);
  }
  return { iterationsPerMicrosecond: iterations / (best * 1_000) };
}

async function measure({ row: rowName, contender: name, size, workers, iterationsPerMicrosecond }) {
  const row = rowNamed(rowName);
  const contender = contenders[name];
  const own = row.floors?.[name];
  const context = {
    name,
    size,
    workers,
    /** Iterations of `compute` for so many µs of work. */
    work: (microseconds) => Math.round(microseconds * iterationsPerMicrosecond),
    loadAdapter: () => import(`../pools/${row.adapters?.[name] ?? contender.adapter}.mjs`),
    options: contender.options ?? {},
    async createPool(count = workers) {
      const { createPool } = await context.loadAdapter();
      return createPool(count, context.options);
    },
  };
  return own ? own(context) : row.measure(context);
}

// nobody waits for the answer any more
process.on("disconnect", () => process.exit(1));

const request = JSON.parse(process.argv[2]);
let outcome;
try {
  outcome = { metrics: request.calibrate ? calibrate() : await measure(request) };
} catch (error) {
  outcome = error.unavailable
    ? { unavailable: error.message }
    : { failed: String(error?.message ?? error).split("\n", 1)[0] };
}
process.send(outcome, () => process.exit());
