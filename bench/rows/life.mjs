// What a pool costs by being there: its start, its memory, and the main thread's own events beside it.
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { peers } from "../contenders.mjs";
import { quantile } from "../runner/statistics.mjs";
import { echoScript, timed } from "./support.mjs";

const megabyte = 1_024 ** 2;

function startWorker() {
  return new Worker(echoScript, { workerData: {} });
}

async function answerOf(worker) {
  worker.postMessage(1);
  await once(worker, "message");
}

/** Memory that so many workers need while they have nothing to do. */
async function memoryPerWorker(count, startAll) {
  globalThis.gc();
  const before = process.memoryUsage.rss();
  await startAll();
  globalThis.gc();
  return { rss: (process.memoryUsage.rss() - before) / count / megabyte };
}

/** Keeps `inFlight` tasks under way for `time` ms, each answer submitting the next. */
async function flood(pool, inFlight, time) {
  const end = performance.now() + time;
  let done = 0;
  const next = async () => {
    while (performance.now() < end) {
      await pool.run("addOne", done);
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, next));
  return done;
}

/** Numbers one after the other, never all at once. */
function* numbersBelow(count) {
  for (let i = 0; i < count; i++) yield i;
}

export const rows = [
  {
    name: "flood-timer",
    title: "1,000 tiny tasks in flight all the time, beside a timer of 1 ms on the main thread",
    warmUp: "a flood of 1 s",
    metrics: {
      gapP99: { title: "timer gap p99 ms", better: "lower" },
      gapMax: { title: "longest gap ms", better: "lower" },
      perSecond: { title: "tasks/s", better: "higher" },
    },
    contenders: ["ungil", ...peers],
    sizes: { full: { inFlight: 1_000, time: 2_000 }, quick: { inFlight: 1_000, time: 500 } },
    async measure({ createPool, size }) {
      const pool = await createPool();
      await flood(pool, size.inFlight, 1_000);
      const gaps = [];
      let last = performance.now();
      const timer = setInterval(() => {
        const now = performance.now();
        gaps.push(now - last);
        last = now;
      }, 1);
      const start = performance.now();
      const done = await flood(pool, size.inFlight, size.time);
      const end = performance.now();
      clearInterval(timer);
      gaps.push(end - last);
      return {
        gapP99: quantile(gaps, 0.99),
        gapMax: Math.max(...gaps),
        perSecond: (done * 1_000) / (end - start),
      };
    },
  },
  {
    name: "generator",
    title: "`map(x => x + 1)` over a generator of 10,000,000 numbers, read with `for await`",
    warmUp: "the first tenth of the items: growth counts from there",
    note: "Heap after a forced collection, eleven times on the way.",
    metrics: {
      growth: { title: "growth of the heap in MB", better: "lower" },
      perSecond: { title: "items/s", better: "higher" },
    },
    contenders: ["ungil"],
    limit: 180_000,
    sizes: { full: { items: 10_000_000 }, quick: { items: 300_000 } },
    async measure({ createPool, size }) {
      const { executor } = await createPool();
      const heaps = [];
      let seen = 0;
      const took = await timed(async () => {
        for await (const result of executor.map((x) => x + 1, numbersBelow(size.items))) {
          seen += 1;
          if (result !== seen) throw new Error(`result ${seen} is ${result}`);
          if (seen % (size.items / 10) !== 0) continue;
          globalThis.gc();
          heaps.push(process.memoryUsage().heapUsed / megabyte);
        }
      });
      const [first, ...later] = heaps;
      return { growth: Math.max(...later) - first, perSecond: (size.items * 1_000) / took };
    },
  },
  {
    name: "cold-start",
    title: "from creating a pool to its first result",
    warmUp: "none; the module is loaded before, its time is in a column of its own",
    repeats: 3,
    metrics: {
      start: { title: "start ms", better: "lower" },
      load: { title: "import ms", better: "lower" },
    },
    contenders: ["ungil", ...peers, "bare-worker"],
    sizes: { full: {}, quick: {} },
    floors: {
      "bare-worker": async () => ({ start: await timed(() => answerOf(startWorker())), load: 0 }),
    },
    async measure({ loadAdapter, options, workers }) {
      let createPool;
      const load = await timed(async () => {
        ({ createPool } = await loadAdapter());
      });
      const start = await timed(() => createPool(workers, options).run("addOne", 1));
      return { start, load };
    },
  },
  {
    name: "idle-memory",
    title: "memory of an idle worker, by a pool of 8",
    warmUp: "tasks of 30 ms, until every worker has had some",
    metrics: { rss: { title: "RSS in MB per worker", better: "lower" } },
    contenders: ["ungil", ...peers, "bare-worker"],
    sizes: { full: { count: 8 }, quick: { count: 8 } },
    floors: {
      "bare-worker": ({ size }) =>
        memoryPerWorker(size.count, async () => {
          const workers = Array.from({ length: size.count }, startWorker);
          await Promise.all(workers.map(answerOf));
        }),
    },
    async measure({ createPool, loadAdapter, size, work }) {
      await loadAdapter();
      return memoryPerWorker(size.count, async () => {
        const pool = await createPool(size.count);
        const tasks = Array.from({ length: 2 * size.count }, () => pool.run("compute", work(30_000)));
        await Promise.all(tasks);
      });
    },
  },
];
