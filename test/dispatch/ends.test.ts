import assert from "node:assert/strict";
import { test } from "node:test";
import { BrokenThreadPoolError, CancelledError, type Future, WorkerExitError } from "ungil";
import { size } from "./support/deaths.js";
import { endOf } from "./support/plans.js";
import { limit, onTracedPool, range, settled, warmUp } from "./support/pool.js";
import { dieOnce, echo, increment, later, passOrDie } from "./support/tasks.js";

test(
  'onWorkerCrash "retry": a task of a burst that dies once runs twice, the others once',
  limit,
  async () => {
    const places = [0, 1, 20, 38, 39];
    await onTracedPool(
      500 + places.length * size,
      { maxWorkers: 1, onWorkerCrash: "retry" },
      async (traced) => {
        const view = traced.pool.with({ retries: 1 });
        await warmUp((i) => view.submit(dieOnce, i, "none"), 500);
        for (const [round, place] of places.entries()) {
          const first = 500 + round * size;
          const futures = range(size).map((i) =>
            view.submit(dieOnce, first + i, i === place ? "exit" : "none"),
          );
          await settled(futures);
          for (const [i, future] of futures.entries()) {
            assert.equal(await future, first + i);
            assert.equal(traced.runs(first + i), i === place ? 2 : 1);
          }
        }
      },
    );
  },
);

test(
  'onWorkerCrash "fail-pool": of a burst in which one dies all futures settle, and nothing runs twice or later',
  limit,
  async () => {
    await onTracedPool(700, { maxWorkers: 2, onWorkerCrash: "fail-pool" }, async ({ pool, runs }) => {
      await warmUp((i) => pool.submit(passOrDie, i, "none"), 500);
      const futures = range(200).map((i) => pool.submit(passOrDie, 500 + i, i === 100 ? "exit" : "none"));
      await settled(futures);
      for (const [i, future] of futures.entries()) {
        const end = await endOf(future);
        if ("value" in end) assert.deepEqual([end.value, runs(500 + i)], [500 + i, 1]);
        else {
          assert.ok(end.error instanceof BrokenThreadPoolError, String(end.error));
          assert.ok(runs(500 + i) <= 1);
        }
      }
      assert.ok((await futures[100]!.exception()) instanceof BrokenThreadPoolError);
      assert.throws(() => pool.submit(increment, 1), BrokenThreadPoolError);
    });
  },
);

test(
  "terminate in the midst of a flood: all futures settle, what was cancelled never ran",
  limit,
  async () => {
    for (const answers of [0, 1, 300]) {
      await onTracedPool(2_500, { maxWorkers: 2 }, async ({ pool, runs }) => {
        await warmUp((i) => pool.submit(echo, i, i), 500);
        const futures = range(2_000).map(
          (i): Future<unknown> =>
            i % 5 === 0 ? pool.submit(later, 500 + i, i) : pool.submit(echo, 500 + i, i),
        );
        if (answers > 0) await settled(futures.slice(0, answers));
        const settling = settled(futures);
        await pool.terminate();
        await settling;
        for (const [i, future] of futures.entries()) {
          const end = await endOf(future);
          if ("value" in end) assert.deepEqual([end.value, runs(500 + i)], [i, 1]);
          else if (future.cancelled()) assert.equal(runs(500 + i), 0, String(end.error));
          else assert.ok(end.error instanceof WorkerExitError && runs(500 + i) <= 1, String(end.error));
        }
      });
    }
  },
);

test(
  "shutdown with cancelFutures in the midst of a flood: what had begun finishes, the rest never runs",
  limit,
  async () => {
    for (const answers of [0, 1, 300]) {
      await onTracedPool(2_500, { maxWorkers: 2 }, async ({ pool, runs }) => {
        await warmUp((i) => pool.submit(echo, i, i), 500);
        const futures = range(2_000).map(
          (i): Future<unknown> =>
            i % 5 === 0 ? pool.submit(later, 500 + i, i) : pool.submit(echo, 500 + i, i),
        );
        if (answers > 0) await settled(futures.slice(0, answers));
        await pool.shutdown({ cancelFutures: true });
        for (const [i, future] of futures.entries()) {
          const end = await endOf(future);
          if ("value" in end) assert.deepEqual([end.value, runs(500 + i)], [i, 1]);
          else assert.deepEqual([end.error instanceof CancelledError, runs(500 + i)], [true, 0]);
        }
      });
    }
  },
);
