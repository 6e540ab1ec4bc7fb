// Ways of data to a worker process and back, in ms: node bench/shared-memory.mjs [rounds]
// Each round measures every case once, in turn, so that a change of the machine's load meets all cases alike.
import os from "node:os";
import { ProcessPoolExecutor } from "../dist/node/index.js";
import { SharedMemory } from "../dist/node/multiprocessing.js";

const rounds = Number(process.argv[2] ?? 25);
const sizes = [0.0625, 0.25, 1, 4, 16, 64];
const pool = new ProcessPoolExecutor({ maxWorkers: 1 });

const ends = (numbers) => numbers[0] + numbers[numbers.length - 1];
const same = (numbers) => numbers;
/** Keeps a block open in the worker. */
const keep = (block) => {
  globalThis.kept?.close();
  globalThis.kept = block;
};
const copyOut = (count) => {
  const numbers = globalThis.kept.array(Float64Array).slice();
  return numbers[0] + numbers[count - 1];
};
const copyOutAndIn = () => {
  const numbers = globalThis.kept.array(Float64Array);
  numbers.set(numbers.slice());
};
const inPlace = (block, count) => {
  const numbers = block.array(Float64Array);
  const result = numbers[0] + numbers[count - 1];
  block.close();
  return result;
};

/** Cases by name; each gets an array of numbers to another process. */
function casesOf(data, block) {
  const count = data.length;
  const shared = block.array(Float64Array);
  return {
    "pipe, one way": () => pool.submit(ends, data),
    "block with copies, one way": () => {
      shared.set(data);
      return pool.submit(copyOut, count);
    },
    "pipe, both ways": () => pool.submit(same, data),
    "block with copies, both ways": async () => {
      shared.set(data);
      await pool.submit(copyOutAndIn);
      return shared.slice();
    },
    "a new block each time, in place": async () => {
      const own = new SharedMemory({ create: true, size: data.byteLength });
      own.array(Float64Array).set(data);
      await pool.submit(inPlace, own, count);
      own.close();
      own.unlink();
    },
    "block that is there, in place": () => pool.submit(inPlace, block, count),
  };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const { model } = os.cpus()[0];
console.log(
  `Node ${process.version}, ${model}, ${os.availableParallelism()} cores, load ${os.loadavg()[0].toFixed(1)}`,
);
console.log(`median of ${rounds} rounds (lowest to highest), ms`);
for (const megabytes of sizes) {
  const data = new Float64Array(megabytes * 131_072).fill(0.5);
  const block = new SharedMemory({ create: true, size: data.byteLength });
  await pool.submit(keep, block);
  const cases = casesOf(data, block);
  const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [name, run] of Object.entries(cases)) {
      const started = performance.now();
      await run();
      // the first round is to get going
      if (round >= 0) times[name].push(performance.now() - started);
    }
  }
  console.log(`\n${megabytes} MiB`);
  for (const [name, values] of Object.entries(times)) {
    const [low, high] = [Math.min(...values), Math.max(...values)].map((each) => each.toFixed(2));
    console.log(`  ${name.padEnd(32)} ${median(values).toFixed(2).padStart(8)}  (${low} to ${high})`);
  }
  block.close();
  block.unlink();
}
await pool.shutdown();
