import assert from "node:assert/strict";
import { test } from "node:test";
import { WorkerExitError } from "ungil";
import { size } from "./support/deaths.js";
import { limit, onTracedPool, patience, range } from "./support/pool.js";
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
