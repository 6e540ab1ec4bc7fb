// Chaos for as long as you like: `npm run soak -- --seconds 60 [--seed 1]`. Random tasks, faults, cancellations
// and resizes on three pools of threads and one of processes at once; every outcome is checked, and at the end that nothing has grown.
import { readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { expect, SoakedPool } from "./soak/pool.mjs";
import { Random } from "./soak/random.mjs";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
const seconds = Number(values.seconds);
const seed = Number(values.seed);
if (!(seconds > 0) || !Number.isInteger(seed)) {
  console.error("usage: npm run soak -- [--seconds <more than 0>] [--seed <whole number>]");
  process.exit(2);
}

/** ms between two looks at what there is. */
const lookTime = Math.min(5_000, (seconds * 1_000) / 12);

/** What may be left over, or more of than before: growth of the heap in MB, and other things. */
const mostHeapGrowth = 12;
const mostMore = 3;
/** A process has five of them, and how many idle ones there are at a look is chance. */
const mostFiles = 10;

console.log(`soak: ${seconds} s, seed ${seed}, Node ${process.version}`);
const soaks = [
  new SoakedPool(new Random(seed), { name: "strict", maxWorkers: 2 }, true),
  new SoakedPool(
    new Random(seed + 1),
    { name: "shared", maxWorkers: 2, tasksPerWorker: 4, onWorkerCrash: "retry", maxQueue: 300 },
    false,
  ),
  new SoakedPool(
    new Random(seed + 3),
    { processes: true, name: "processes", maxWorkers: 2, minWorkers: 1, onWorkerCrash: "retry" },
    true,
  ),
  new SoakedPool(
    new Random(seed + 2),
    { name: "short-lived", maxWorkers: 3, idleTimeout: 5, maxTasksPerWorker: 300, minWorkers: 1 },
    true,
  ),
];

function entriesOf(folder) {
  try {
    return readdirSync(folder).length;
  } catch {
    // only Linux tells
    return 0;
  }
}

/** What there is with all pools at rest. */
async function look() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    heap: process.memoryUsage().heapUsed / 1e6,
    resources: process.getActiveResourcesInfo().length,
    files: entriesOf("/proc/self/fd"),
  };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

const samples = [];
const start = performance.now();
const elapsed = () => (performance.now() - start) / 1_000;
try {
  let rounds = 0;
  for (let next = lookTime; elapsed() < seconds; next += lookTime) {
    // side by side, so that the main thread is never only one pool's
    await Promise.all(
      soaks.map(async (soak) => {
        for (; elapsed() * 1_000 < next; rounds++) await soak.round();
      }),
    );
    next = Math.max(next, elapsed() * 1_000);
    for (const soak of soaks) await soak.rest();
    samples.push(await look());
    const { heap, resources, files } = samples.at(-1);
    const submitted = soaks.reduce((sum, { counts }) => sum + counts.submitted, 0);
    console.log(
      `${elapsed().toFixed(0)} s: ${rounds} rounds, ${submitted} tasks; heap ${heap.toFixed(1)} MB, ` +
        `${resources} resources, ${files} open files`,
    );
  }
  for (const soak of soaks) await soak.shutdown();
  const left = await look();
  // the first looks see caches that fill
  const third = Math.max(1, Math.floor(samples.length / 3));
  const early = samples.slice(third, 2 * third);
  const late = samples.slice(-third);
  for (const [what, most] of Object.entries({
    heap: mostHeapGrowth,
    resources: mostMore,
    files: mostFiles,
  })) {
    if (early.length === 0) break;
    const [before, after] = [early, late].map((part) => median(part.map((sample) => sample[what])));
    console.log(`${what}: ${before.toFixed(1)} in the middle, ${after.toFixed(1)} at the end`);
    expect(after - before <= most, `${what} grew from ${before} to ${after}`);
  }
  console.log(`after shutdown: ${left.heap.toFixed(1)} MB, ${left.resources} resources, ${left.files} files`);
  for (const [index, { counts }] of soaks.entries()) {
    const { submitted, fulfilled, rejected, cancelled } = counts;
    expect(submitted === fulfilled + rejected + cancelled, `pool ${index}: ${JSON.stringify(counts)}`);
    console.log(`pool ${index}: ${JSON.stringify(counts)}`);
  }
  console.log("soak: passed");
} catch (error) {
  console.error(`soak: failed after ${elapsed().toFixed(1)} s, seed ${seed}\n${error?.stack ?? error}`);
  process.exit(1);
}
