import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { type Future, ThreadPoolExecutor, type WorkerExecutorOptions, wait } from "ungil";
import { Gate, sharedCells } from "ungil/testing";
import { type Traces, useTraces } from "./tasks.js";

/** A hang is a failure, not a lost evening. */
export const limit = { timeout: 120_000 };

/** ms after which a future that is not settled counts as lost. */
export const patience = 20_000;

/** A pool whose workers leave traces, and the traces. */
export interface TracedPool {
  readonly pool: ThreadPoolExecutor;
  readonly traces: Traces;
  readonly gate: Gate;
  /** How often a task ran. */
  runs(id: number): number;
  /** The ids of the tasks in the order in which they began, from the one at `from` on. */
  order(from?: number): number[];
}

/** A pool for one test: shut down when the test is through, ended when it failed. */
export async function onPool<T>(
  options: WorkerExecutorOptions,
  body: (pool: ThreadPoolExecutor) => Promise<T>,
): Promise<T> {
  const pool = new ThreadPoolExecutor(options);
  try {
    const result = await body(pool);
    await pool.shutdown({ timeout: patience });
    return result;
  } catch (error) {
    // its tasks may be stuck
    await pool.terminate();
    throw error;
  }
}

/** The same with traces of up to so many tasks. */
export async function onTracedPool<T>(
  tasks: number,
  options: WorkerExecutorOptions,
  body: (traced: TracedPool) => Promise<T>,
): Promise<T> {
  const gate = new Gate(patience);
  const traces = makeTraces(tasks, gate.cells);
  return await onPool({ ...options, initializer: useTraces, initargs: [traces] }, (pool) =>
    body({
      pool,
      traces,
      gate,
      runs: (id) => Atomics.load(traces.runs, id),
      order: (from = 0) => [...traces.order.subarray(1 + from, 1 + Atomics.load(traces.order, 0))],
    }),
  );
}

export function makeTraces(tasks: number, gate = sharedCells(2)): Traces {
  const cells = (): Int32Array => sharedCells(tasks);
  return { gate, runs: cells(), order: sharedCells(tasks + 1), level: sharedCells(2), threads: cells() };
}

/** Waits until all are settled. A future that is lost fails the test, with what is known of it. */
export async function settled(futures: readonly Future<unknown>[], what = "futures"): Promise<void> {
  const { notDone } = await wait(futures, { timeout: patience });
  if (notDone.size === 0) return;
  const lost = futures.flatMap((future, i) => (notDone.has(future) ? [`${i} ${future.state}`] : []));
  assert.fail(
    `${what}: ${lost.length} of ${futures.length} are not settled after ${patience} ms: ${lost.slice(0, 20).join(", ")}`,
  );
}

/** Lets the event loop run, so that a pool sends what it is going to send. Nothing is expected to have happened. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}

/** Lets a pool learn what a function costs. */
export async function warmUp(submit: (i: number) => Future<unknown>, count: number): Promise<void> {
  await settled(range(count).map(submit), "warm-up");
}

/** Whole numbers from 0. */
export const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
