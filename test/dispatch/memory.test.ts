import assert from "node:assert/strict";
import { test } from "node:test";
import type { Future, ThreadPoolExecutor } from "ungil";
import { onPool, range, settled } from "./support/pool.js";
import { heapUsed, increment } from "./support/tasks.js";

const options = { skip: globalThis.gc ? false : "needs node --expose-gc", timeout: 120_000 };

const mega = 2 ** 20;

/** Bytes in use here, garbage not counted. */
async function memory(): Promise<number> {
  for (let round = 0; round < 4; round++) {
    globalThis.gc?.();
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + Math.max(external, arrayBuffers);
}

/** Submits in windows, so that what is unsettled at once is bounded. */
async function inWindows(
  tasks: number,
  window: number,
  submit: (i: number) => Future<unknown>,
): Promise<void> {
  for (let i = 0; i < tasks; i += window) await settled(range(window).map((j) => submit(i + j)));
}

for (const [kind, tasks, submit] of [
  ["numbers", 300_000, (pool, i) => pool.submit(increment, i)],
  ["objects", 30_000, (pool, i) => pool.submit(mirror, { i, name: "object", list: [i, i] })],
  [
    "strings that are all different",
    30_000,
    (pool, i) => pool.submit(mirror, `text ${i} ${"x".repeat(i % 50)}`),
  ],
  ["objects of ever other shapes", 30_000, (pool, i) => pool.submit(mirror, { [`key${i}`]: i })],
  ["failures", 6_000, (pool, i) => pool.submit(refuse, i)],
  ["tasks that are cancelled at once", 60_000, (pool, i) => cancelled(pool.submit(increment, i))],
] as [string, number, (pool: ThreadPoolExecutor, i: number) => Future<unknown>][]) {
  test(`${tasks} tasks, ${kind}: neither side's memory grows by more than 4 MB`, options, async () => {
    await onPool({ maxWorkers: 1, tasksPerWorker: 1 }, async (pool) => {
      await inWindows(tasks / 3, 1_000, (i) => submit(pool, i));
      const before = [await memory(), await pool.submit(heapUsed)] as const;
      await inWindows(tasks, 1_000, (i) => submit(pool, i));
      const growth = [(await memory()) - before[0], (await pool.submit(heapUsed)) - before[1]];
      const told = growth.map((bytes) => `${(bytes / mega).toFixed(1)} MB`).join(" here, ");
      assert.ok(
        growth.every((bytes) => bytes < 4 * mega),
        `${told} in the worker`,
      );
    });
  });
}

export function mirror<T>(value: T): T {
  return value;
}

export function refuse(value: number): never {
  throw new RangeError(`message ${value}`);
}

function cancelled(future: Future<unknown>): Future<unknown> {
  future.cancel();
  return future;
}

test(
  "200000 items of a map over a generator: this thread's memory grows by no more than 4 MB on the way",
  options,
  async () => {
    await onPool({ maxWorkers: 2 }, async (pool) => {
      let most = 0;
      let before = 0;
      let sum = 0;
      const items = function* () {
        for (let i = 0; i < 200_000; i++) yield i;
      };
      for await (const value of pool.map(increment, items())) {
        sum += value;
        if (value === 50_000) before = await memory();
        if (value === 100_000 || value === 199_000) most = Math.max(most, await memory());
      }
      assert.equal(sum, (200_000 * 200_001) / 2);
      assert.ok(most - before < 4 * mega, `${((most - before) / mega).toFixed(1)} MB`);
    });
  },
);
