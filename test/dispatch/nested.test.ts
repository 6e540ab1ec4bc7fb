import assert from "node:assert/strict";
import { test } from "node:test";
import { currentTask, type Executor, type Future } from "ungil";
import { limit, onTracedPool, range, settled, warmUp } from "./support/pool.js";
import { echo, fail, next, passOrBlock, tree } from "./support/tasks.js";

for (const options of [{ maxWorkers: 1 }, { maxWorkers: 2 }, { maxWorkers: 2, tasksPerWorker: 3 }]) {
  test(
    `E5: two hundred tasks in one burst, each with a tree of three floors below it, among plain ones (${JSON.stringify(options)})`,
    limit,
    async () => {
      await onTracedPool(2_000, options, async ({ pool, runs }) => {
        await warmUp((i) => pool.submit(next, i, i), 500);
        const futures = range(1_000).map(
          (i): Future<number> =>
            i % 5 === 0 ? pool.submit(tree, 500 + i, 3, 2) : pool.submit(next, 500 + i, i),
        );
        await settled(futures);
        for (const [i, future] of futures.entries()) {
          assert.equal(await future, i % 5 === 0 ? 15 : i + 1);
          assert.equal(runs(500 + i), i % 5 === 0 ? 15 : 1);
        }
        assert.ok(pool.stats().workers.peak <= options.maxWorkers);
      });
    },
  );

  test(
    `E5: tasks of a burst that each map over their own pool (${JSON.stringify(options)})`,
    limit,
    async () => {
      await onTracedPool(100, options, async ({ pool, runs }) => {
        const sum = async (id: number): Promise<number> => {
          let sum = 0;
          for await (const x of currentTask().executor.map((x: number) => next(id, x), [1, 2, 3, 4]))
            sum += x;
          return sum;
        };
        const futures = range(100).map((i) => pool.submit(sum, i));
        await settled(futures);
        assert.ok((await Promise.all(futures)).every((value) => value === 14));
        assert.ok(range(100).every((i) => runs(i) === 4));
      });
    },
  );
}

test("E5: a burst inside a task: order, errors and objects are as outside", limit, async () => {
  await onTracedPool(1_000, { maxWorkers: 1 }, async ({ pool, runs, order }) => {
    const inside = async (executor: Executor): Promise<unknown[]> => {
      const shared = { list: [1] };
      const futures = Array.from({ length: 300 }, (_, i) => {
        if (i % 3 === 0) return executor.submit(next, i, i);
        return i % 3 === 1 ? executor.submit(echo, i, shared) : executor.submit(fail, i, `message ${i}`);
      });
      const ends = await Promise.allSettled(futures);
      const distinct = new Set(ends.map((end) => (end.status === "fulfilled" ? end.value : end)));
      return [
        distinct.size,
        ...ends.map((end) => (end.status === "fulfilled" ? end.value : String(end.reason))),
      ];
    };
    const future = pool.submit(inside, pool);
    await settled([future]);
    const [distinct, ...ends] = await future;
    assert.equal(distinct, 300);
    assert.deepEqual(
      ends,
      range(300).map((i) => [i + 1, { list: [1] }, `RangeError: message ${i}`][i % 3]),
    );
    assert.ok(range(300).every((i) => runs(i) === 1));
    assert.deepEqual(order(), range(300));
  });
});

test("E5: nested tasks come before what waits, also when that was sent ahead", limit, async () => {
  await onTracedPool(2_000, { maxWorkers: 1 }, async ({ pool, gate, order }) => {
    await warmUp((i) => pool.submit(passOrBlock, i, false), 500);
    const nest = async (id: number): Promise<number> => {
      passOrBlock(id, true);
      return await currentTask().executor.submit(passOrBlock, id + 1, false);
    };
    const future = pool.submit(nest, 500);
    await gate.arrived(1);
    const futures = range(1_000).map((i) => pool.submit(passOrBlock, 510 + i, false));
    gate.open();
    await settled([future, ...futures]);
    const began = order(500);
    // until the task has given way nobody knows that it waits, and others of the burst do not overtake it
    assert.deepEqual(began.slice(0, 2), [500, 501]);
    assert.deepEqual(
      began.slice(2),
      range(1_000).map((i) => 510 + i),
    );
  });
});

test("E5: what a task leaves behind unawaited runs once, beside a flood", limit, async () => {
  await onTracedPool(2_000, { maxWorkers: 2 }, async ({ pool, runs }) => {
    const leave = (id: number): void => {
      void currentTask().executor.submit(next, id, id);
    };
    const futures = range(1_000).map(
      (i): Future<unknown> => (i % 10 === 0 ? pool.submit(leave, 1_000 + i) : pool.submit(next, i, i)),
    );
    await settled(futures);
    await pool.shutdown();
    for (const i of range(1_000)) assert.equal(runs(i % 10 === 0 ? 1_000 + i : i), 1);
  });
});
