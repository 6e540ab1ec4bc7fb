// What several rows do alike.
import { Worker } from "node:worker_threads";
import { median, quantile } from "../runner/statistics.mjs";

export const echoScript = new URL("../workers/echo.mjs", import.meta.url);

/** Runs so many tasks in windows, each awaited as a whole before the next begins. */
export async function runInWindows(pool, { tasks, window }, name, argumentOf) {
  for (let first = 0; first < tasks; first += window) {
    const length = Math.min(window, tasks - first);
    await Promise.all(Array.from({ length }, (_, index) => pool.run(name, argumentOf(first + index))));
  }
}

/**
 * A pool that has done `size.warmUp` tasks, and gone on until `size.warmUpTime` ms were over: by then the engine
 * has compiled what it is going to compile.
 */
export async function warmPool({ createPool, size }, name = "addOne", argumentOf = (index) => index) {
  const pool = await createPool();
  await runInWindows(pool, { tasks: size.warmUp, window: 500 }, name, argumentOf);
  const end = performance.now() + (size.warmUpTime ?? 0);
  while (performance.now() < end)
    await runInWindows(pool, { tasks: size.window, window: size.window }, name, argumentOf);
  return pool;
}

/** Milliseconds that something took. */
export async function timed(action) {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

/**
 * Measures several times in the process. What takes fractions of a second is over before the engine has compiled
 * what it is going to compile: the medians tell what lasts, the first one by itself what a script sees.
 *
 * @param measure - answers metrics; `first`, of them, is told for the first time as well, as `first`.
 */
export async function repeatedly(times, first, measure) {
  const all = [];
  for (let i = 0; i < times; i++) all.push(await measure());
  const medians = Object.fromEntries(
    Object.keys(all[0]).map((metric) => [metric, median(all.map((each) => each[metric]))]),
  );
  return times > 1 ? { ...medians, first: all[0][first] } : medians;
}

/** How a row says so. */
export const repeatedText = (times) =>
  times > 1 ? `. ${times} repetitions in the process: their medians, and the first by itself` : "";

/** Median and 99th percentile of latencies, given in ms, in µs. */
export function latencyMetrics(times) {
  return { p50: quantile(times, 0.5) * 1_000, p99: quantile(times, 0.99) * 1_000 };
}

/** A sequence of numbers from 0 to 1 that is the same in each process (mulberry32, Tommy Ettinger 2017). */
export function numbersFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A round trip by `postMessage`, with a worker that answers each message. */
export function postMessageCall() {
  const worker = new Worker(echoScript, { workerData: {} });
  let settle;
  worker.on("message", (value) => settle(value));
  return (value, transfer) =>
    new Promise((resolve) => {
      settle = resolve;
      worker.postMessage(value, transfer);
    });
}
