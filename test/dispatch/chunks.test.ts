import assert from "node:assert/strict";
import { test } from "node:test";
import { threadId } from "node:worker_threads";
import { WorkerExitError } from "ungil";
import { sharedCells } from "ungil/testing";
import { size } from "./support/deaths.js";
import { limit, onPool, onTracedPool, patience, range } from "./support/pool.js";
import { passOrBlock, passOrDie, waitForOther } from "./support/tasks.js";

test("two workers: an item of a map may block its thread for what a later item does", limit, async () => {
  await onTracedPool(2_000, { maxWorkers: 2 }, async ({ pool, runs }) => {
    for (const [round, waiter, other] of [
      [0, 0, 1],
      [1, 500, 501],
      [2, 100, 150],
    ] as const) {
      const from = 600 * round;
      const items = range(600).map((i) => ({ id: from + i, other: i === waiter ? from + other : -1 }));
      const wait = (item: { id: number; other: number }): number => waitForOther(item.id, item.other);
      assert.deepEqual(
        await pool.map(wait, items, { timeout: patience }),
        items.map(({ id }) => id),
      );
      assert.ok(items.every(({ id }) => runs(id) === 1));
    }
  });
});

test(
  "two workers: while an item of a map is stuck, all that it may read ahead are done by the other worker",
  limit,
  async () => {
    await onTracedPool(3_000, { maxWorkers: 2 }, async ({ pool, gate }) => {
      const results: number[] = [];
      const stream = pool.map(
        (id: number) => passOrBlock(id, id === 1_000),
        range(3_000),
        // the stuck one is one of those that count as read ahead
        { ordered: false, buffersize: 100, timeout: patience },
      );
      for await (const result of stream) if (results.push(result) === 2_999) gate.open();
      assert.equal(results.at(-1), 1_000);
      assert.equal(new Set(results).size, 3_000);
    });
  },
);

test("the results before the last item of a chunk are there while that item is stuck", limit, async () => {
  await onTracedPool(100, { maxWorkers: 1 }, async ({ pool, gate }) => {
    const stream = pool.map((id: number) => passOrBlock(id, id === 99), range(100), {
      chunksize: 100,
      timeout: patience,
    });
    const results: number[] = [];
    for await (const result of stream) if (results.push(result) === 99) gate.open();
    assert.deepEqual(results, range(100));
  });
});

test("an item of a chunk behind fifteen that die is not taken for their cause", limit, async () => {
  for (const chunksize of ["auto", size] as const) {
    await onTracedPool(size, { maxWorkers: 1 }, async ({ pool, runs }) => {
      const dies = (id: number): boolean => id < 30 && id % 2 === 0;
      const results = await pool.map(
        (id: number) => passOrDie(id, id < 30 && id % 2 === 0 ? "exit" : "none"),
        range(size),
        {
          chunksize,
          errors: "settle",
        },
      );
      for (const [id, result] of results.entries()) {
        if (dies(id)) assert.ok(result.status === "rejected" && result.reason instanceof WorkerExitError);
        else assert.deepEqual(result, { status: "fulfilled", value: id });
        assert.equal(runs(id), 1);
      }
    });
  }
});

test(
  "a function that takes much longer than in the maps before is shared out all the same",
  limit,
  async () => {
    await onPool({ maxWorkers: 2 }, async (pool) => {
      const count = 400;
      const threads = sharedCells(count);
      const runs = sharedCells(count);
      const take = (time: number, index: number): number => {
        if (time === 0) return index;
        for (const end = performance.now() + time; performance.now() < end; );
        Atomics.add(runs, index, 1);
        Atomics.store(threads, index, threadId);
        return index;
      };
      const quick = Array<number>(200_000).fill(0);
      const slow = Array<number>(count).fill(1);
      const maps = {
        numbers: async () => assert.deepEqual(await pool.map(take, slow), range(count)),
        objects: async () => {
          const results = await pool.map(
            (time: number, index: number) => ({ index: take(time, index) }),
            slow,
          );
          assert.deepEqual(
            results.map(({ index }) => index),
            range(count),
          );
        },
        reduction: async () => {
          const sum = await pool.reduce(take, slow, (one: number, other: number) => one + other);
          assert.equal(sum, (count * (count - 1)) / 2);
        },
      };
      for (const [kind, map] of Object.entries(maps)) {
        // a chunk of quick ones is longer than all of the slow ones
        await pool.map(take, quick);
        threads.fill(0);
        runs.fill(0);
        await map();
        assert.ok(
          runs.every((ran) => ran === 1),
          kind,
        );
        const [one = 0] = threads;
        const share = threads.filter((id) => id === one).length / count;
        assert.ok(share > 0.1 && share < 0.9, `${kind}: one worker did ${share} of all`);
      }
    });
  },
);
