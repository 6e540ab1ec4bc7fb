// On one thread: what a task costs that waits its turn on the event loop, and what a lock costs there.
import v8 from "node:v8";
import vm from "node:vm";
import { limiters, lockPeers, mappers } from "../contenders.mjs";
import { processCpu } from "../runner/machine.mjs";
import { quantile } from "../runner/statistics.mjs";
import { timed } from "./support.mjs";

/** How many tasks run at once. */
const concurrency = 16;

const addOne = async (x) => x + 1;
const numbers = (count) => Array.from({ length: count }, (_, index) => index);

/** Rate and CPU time of something that is done several times: the best rate, as others' work only takes away. */
async function rateOf({ size }, action) {
  await action();
  const took = [];
  const cpu = [];
  for (let i = 0; i < size.repetitions; i++) {
    const before = processCpu();
    took.push(await timed(action));
    cpu.push(processCpu() - before);
  }
  return {
    perSecond: (size.tasks * 1_000) / Math.min(...took),
    processCpu: quantile(cpu, 0.5) / size.tasks,
  };
}

/** Bytes of the heap that each of so many waits keeps. @param begin - begins one; answers its promise. */
async function bytesOf(count, begin) {
  v8.setFlagsFromString("--expose-gc");
  const collect = vm.runInNewContext("gc");
  const used = () => {
    collect();
    collect();
    return process.memoryUsage().heapUsed;
  };
  const waits = Array.from({ length: count });
  const before = used();
  for (let i = 0; i < count; i++) waits[i] = begin();
  // what is begun by a microtask has begun
  await new Promise((resolve) => setImmediate(resolve));
  const bytes = (used() - before) / waits.length;
  return { bytes };
}

const rate = {
  perSecond: { title: "per second", better: "higher" },
  processCpu: { title: "process CPU µs each", better: "lower" },
};
const memory = { bytes: { title: "bytes for each", better: "lower" } };

export const rows = [
  {
    name: "loop-tasks",
    title: `20,000 small asynchronous tasks on the event loop, ${concurrency} at once, all submitted before the first is awaited`,
    warmUp: "once; the best of 9",
    metrics: rate,
    contenders: ["ungil", ...limiters],
    sizes: { full: { tasks: 20_000, repetitions: 9 }, quick: { tasks: 5_000, repetitions: 5 } },
    async measure(context) {
      const { createLimiter } = await context.loadAdapter();
      const run = createLimiter(concurrency);
      return rateOf(context, () =>
        Promise.all(numbers(context.size.tasks).map((index) => run(addOne, index))),
      );
    },
  },
  {
    name: "loop-map",
    title: `a map over 20,000 items with a small asynchronous function, ${concurrency} at once`,
    warmUp: "once; the best of 9",
    metrics: rate,
    contenders: ["ungil", ...mappers],
    sizes: { full: { tasks: 20_000, repetitions: 9 }, quick: { tasks: 5_000, repetitions: 5 } },
    async measure(context) {
      const { mapAll } = await context.loadAdapter();
      return rateOf(context, () => mapAll(numbers(context.size.tasks), addOne, concurrency));
    },
  },
  {
    name: "loop-waiting-tasks",
    title: "memory of a task that waits its turn, with 100,000 of them",
    warmUp: "none",
    metrics: memory,
    contenders: ["ungil", ...limiters],
    sizes: { full: { tasks: 100_000 }, quick: { tasks: 20_000 } },
    async measure(context) {
      const { createLimiter } = await context.loadAdapter();
      const run = createLimiter(concurrency);
      const never = new Promise(() => {});
      return bytesOf(context.size.tasks, () => run(() => never, 0));
    },
  },
  {
    name: "loop-lock",
    title: "a lock on the event loop that nobody else wants: 50,000 times acquired and released",
    warmUp: "once; the best of 9",
    metrics: rate,
    contenders: ["ungil", ...lockPeers],
    sizes: { full: { tasks: 50_000, repetitions: 9 }, quick: { tasks: 10_000, repetitions: 5 } },
    async measure(context) {
      const { createLock, release } = await context.loadAdapter();
      const acquire = createLock();
      return rateOf(context, async () => {
        for (let i = 0; i < context.size.tasks; i++) await release(await acquire());
      });
    },
  },
  {
    name: "loop-lock-contended",
    title: "the same lock, wanted by 1,000 at once, each of whom holds it for no time",
    warmUp: "once; the best of 9",
    metrics: rate,
    contenders: ["ungil", ...lockPeers],
    sizes: { full: { tasks: 20_000, repetitions: 9 }, quick: { tasks: 5_000, repetitions: 5 } },
    async measure(context) {
      const { createLock, release } = await context.loadAdapter();
      const acquire = createLock();
      const waiters = 1_000;
      const holdOnce = async () => {
        await release(await acquire());
      };
      return rateOf(context, async () => {
        for (let done = 0; done < context.size.tasks; done += waiters)
          await Promise.all(numbers(waiters).map(holdOnce));
      });
    },
  },
  {
    name: "loop-lock-waiters",
    title: "memory of one who waits for a lock, with 100,000 of them",
    warmUp: "none",
    metrics: memory,
    contenders: ["ungil", ...lockPeers],
    sizes: { full: { tasks: 100_000 }, quick: { tasks: 20_000 } },
    async measure(context) {
      const { createLock } = await context.loadAdapter();
      const acquire = createLock();
      await acquire();
      return bytesOf(context.size.tasks, acquire);
    },
  },
].map((row) => Object.assign(row, { fullOnly: true, adapters: { ungil: "loop-ungil" } }));
