// Data that goes to a worker and back.
import { peers } from "../contenders.mjs";
import { quantile } from "../runner/statistics.mjs";
import { Unavailable } from "../runner/unavailable.mjs";
import { postMessageCall, repeatedly, repeatedText, runInWindows, timed, warmPool } from "./support.mjs";

const kilobyte = 1_024;
const megabyte = 1_024 ** 2;
const pools = ["ungil", ...peers];

/** A plain object of about 1 KB of JSON, different for each id. */
function recordOf(id) {
  const record = {
    id,
    name: `record ${id}`,
    active: id % 2 === 0,
    score: id / 7,
    tags: ["red", "green", "blue"],
  };
  for (let i = 0; i < 12; i++)
    record[`field${i}`] = `the ${i}th value of record number ${id}, with some text`;
  return {
    ...record,
    place: { street: `Long Street ${id}`, city: "Springfield", position: { x: id, y: -id } },
  };
}

/** A graph of about 100 KB of JSON. */
const graphOf = (id) => ({ id, children: Array.from({ length: 100 }, (_, index) => recordOf(id + index)) });

const throughput = (unit) => ({
  perSecond: { title: unit, better: "higher" },
  first: { title: `first, ${unit}`, better: "higher" },
});

/** Objects of their own for each task, made before the clock starts. */
function objects(name, title, task, make, sizes) {
  return {
    name,
    title,
    warmUp: `a tenth of the tasks, at least 20${repeatedText(sizes.full.repetitions)}`,
    metrics: throughput("tasks/s"),
    contenders: pools,
    sizes,
    async measure(context) {
      const { size } = context;
      const warmUp = Math.max(20, size.tasks / 10);
      const pool = await warmPool({ ...context, size: { warmUp } }, task, make);
      const given = Array.from({ length: size.tasks }, (_, index) => make(index));
      return repeatedly(size.repetitions, "perSecond", async () => {
        const took = await timed(() => runInWindows(pool, size, task, (index) => given[index]));
        return { perSecond: (size.tasks * 1_000) / took };
      });
    },
  };
}

/** One call at a time with a large and a small block: what does not copy costs the same for both. */
async function largeAndSmall(size, pool, blockOf, moves) {
  const blocks = { large: 64 * megabyte, small: 64 * kilobyte };
  const times = { large: [], small: [] };
  for (let i = -size.warmUp; i < size.tasks; i++) {
    for (const [kind, bytes] of Object.entries(blocks)) {
      const block = blockOf(bytes);
      const start = performance.now();
      const answer = await pool.run("byteLength", block, moves ? [block] : undefined);
      if (i >= 0) times[kind].push(performance.now() - start);
      if (answer !== bytes) throw new Error(`the worker saw ${answer} bytes of ${bytes}`);
    }
  }
  // collections of freed blocks fall on every second call or so, of either size: the quarter is free of them
  const large = quantile(times.large, 0.25) * 1_000;
  const small = quantile(times.small, 0.25) * 1_000;
  return { large, small, growth: large / small };
}

const blockMetrics = {
  large: { title: "64 MB, p25 µs", better: "lower" },
  small: { title: "64 KB, p25 µs", better: "lower" },
  growth: { title: "64 MB / 64 KB", better: "lower" },
};

const sharedBlocks = new Map();

/** The same block each time. */
function sharedBlock(bytes) {
  if (!sharedBlocks.has(bytes)) sharedBlocks.set(bytes, new SharedArrayBuffer(bytes));
  return sharedBlocks.get(bytes);
}

function blockRow({ name, title, sizes, moves, blockOf }) {
  return {
    name,
    title,
    warmUp: `${sizes.full.warmUp} of each`,
    metrics: blockMetrics,
    contenders: [...pools, "post-message"],
    sizes,
    floors: {
      "post-message"({ size }) {
        const call = postMessageCall();
        return largeAndSmall(size, { run: (_name, block, list) => call(block, list) }, blockOf, moves);
      },
    },
    measure: async ({ createPool, size }) => largeAndSmall(size, await createPool(), blockOf, moves),
  };
}

export const rows = [
  objects("payload-in", "an object of 1 KB in, a number out", "readId", recordOf, {
    full: { tasks: 10_000, window: 1_000, repetitions: 5 },
    quick: { tasks: 2_000, window: 1_000, repetitions: 5 },
    threads: { tasks: 1_000, window: 1_000, repetitions: 3 },
  }),
  objects("payload-in-out", "an object of 1 KB in and out", "changeId", recordOf, {
    full: { tasks: 10_000, window: 1_000, repetitions: 5 },
    quick: { tasks: 2_000, window: 1_000, repetitions: 5 },
    threads: { tasks: 1_000, window: 1_000, repetitions: 3 },
  }),
  objects("payload-graph", "a graph of 100 KB in, a number out", "readId", graphOf, {
    full: { tasks: 400, window: 50, repetitions: 5 },
    quick: { tasks: 100, window: 50, repetitions: 3 },
  }),
  {
    name: "payload-copied",
    title: "a `Uint8Array` of 1 MB, copied in",
    warmUp: `20 tasks${repeatedText(5)}`,
    note: "multithreading is not in it: it moves every buffer.",
    metrics: throughput("MB/s"),
    contenders: pools,
    sizes: {
      full: { tasks: 400, window: 20, warmUp: 20, repetitions: 5 },
      quick: { tasks: 60, window: 20, warmUp: 20, repetitions: 3 },
    },
    async measure(context) {
      if (context.name === "multithreading") throw new Unavailable("moves every buffer");
      const { bytes = megabyte } = context.size;
      const data = new Uint8Array(bytes).fill(1);
      const pool = await warmPool(context, "byteLength", () => data);
      return repeatedly(context.size.repetitions, "perSecond", async () => {
        const took = await timed(() => runInWindows(pool, context.size, "byteLength", () => data));
        return { perSecond: (context.size.tasks * bytes * 1_000) / took / megabyte };
      });
    },
  },
  blockRow({
    name: "payload-moved",
    title: "an `ArrayBuffer` moved in, 64 MB and 64 KB in turn",
    sizes: { full: { tasks: 60, warmUp: 5 }, quick: { tasks: 15, warmUp: 3 } },
    moves: true,
    blockOf: (bytes) => new ArrayBuffer(bytes),
  }),
  blockRow({
    name: "payload-shared",
    title: "a `SharedArrayBuffer` given to a task, 64 MB and 64 KB in turn",
    sizes: { full: { tasks: 200, warmUp: 5 }, quick: { tasks: 40, warmUp: 3 } },
    moves: false,
    blockOf: sharedBlock,
  }),
];
