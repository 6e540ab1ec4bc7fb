import assert from "node:assert/strict";
import { test } from "node:test";
import { type Future, WorkerExitError } from "ungil";
import { until } from "ungil/testing";
import { burst, check, checkUsable, learn, size } from "./support/deaths.js";
import { endOf } from "./support/plans.js";
import { limit, onTracedPool, range, settled } from "./support/pool.js";
import { echo, makeArray, passOrDie, passOrPoll } from "./support/tasks.js";

test(
  "a worker that is gone at once takes what it had begun with it, and nothing behind that, at every place of a burst",
  limit,
  async () => {
    await onTracedPool(500 + size * size, { maxWorkers: 1 }, async (traced) => {
      await learn(traced, 500);
      for (const place of range(size).filter((i) => i % 5 === 0 || i === size - 1)) {
        const first = 500 + place * size;
        const futures = burst(traced, first, new Map([[place, "hard exit"]]));
        await check(traced, futures, first, (i) =>
          i === place ? "died" : i < place ? "either" : "resolved",
        );
      }
      await checkUsable(traced);
    });
  },
);

test("the same for a worker that reaches its memory limit", limit, async () => {
  const resourceLimits = { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 8 };
  await onTracedPool(200 + 3 * size, { maxWorkers: 1, resourceLimits }, async (traced) => {
    await learn(traced, 200);
    for (const [round, place] of [0, 20, size - 1].entries()) {
      const first = 200 + round * size;
      const futures = burst(traced, first, new Map([[place, "memory"]]));
      await check(traced, futures, first, (i) => (i === place ? "died" : i < place ? "either" : "resolved"));
      const error = await futures[place]!.exception();
      assert.equal((error as WorkerExitError).reason, "out-of-memory");
    }
    await checkUsable(traced);
  });
});

for (const death of ["nextTick", "immediate", "rejection"] as const) {
  test(
    `an error that nobody catches (${death}) costs tasks that had begun at most, wherever in a burst it comes from`,
    limit,
    async () => {
      await onTracedPool(500 + 4 * size, { maxWorkers: 1 }, async (traced) => {
        await learn(traced, 500);
        for (const [round, place] of [0, 1, 20, 39].entries()) {
          const first = 500 + round * size;
          const futures = burst(traced, first, new Map([[place, death]]));
          await check(traced, futures, first, (i) => (i < place ? "resolved" : "either"));
          // all of them may have answered before the error comes
          await until(() => traced.pool.stats().workers.crashed === round + 1, "the worker has died");
        }
        await checkUsable(traced);
      });
    },
  );
}

test("big results that were ready before process.exit are not lost", limit, async () => {
  await onTracedPool(60, { maxWorkers: 1 }, async (traced) => {
    for (const round of range(3)) {
      const first = round * 20;
      const futures = range(20).map(
        (i): Future<unknown> =>
          i === 15
            ? traced.pool.submit(passOrDie, first + i, "exit")
            : traced.pool.submit(makeArray, first + i, 100_000),
      );
      await settled(futures);
      for (const [i, future] of futures.entries()) {
        const end = await endOf(future);
        if (i === 15) assert.ok("error" in end && end.error instanceof WorkerExitError);
        else assert.ok("value" in end && (end.value as Float64Array).length === 100_000, `task ${i}`);
        assert.equal(traced.runs(first + i), 1);
      }
    }
  });
});

test(
  "asynchronous tasks that run beside one that dies are lost with it, what only waits is not",
  limit,
  async () => {
    await onTracedPool(100, { maxWorkers: 1, tasksPerWorker: 3 }, async (traced) => {
      const { pool, gate } = traced;
      const beside = [0, 1].map((id) => pool.submit(passOrPoll, id, true));
      await gate.arrived(2);
      const futures = range(50).map(
        (i): Future<unknown> =>
          i === 20 ? pool.submit(passOrDie, 2 + i, "exit") : pool.submit(echo, 2 + i, 2 + i),
      );
      await check(traced, beside, 0, () => "died");
      await check(traced, futures, 2, (i) => (i === 20 ? "died" : "resolved"));
      await checkUsable(traced);
    });
  },
);
