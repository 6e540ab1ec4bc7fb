import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { CancelledError, currentTask, type Executor, type Future } from "ungil";
import { rejectionOf } from "../threading/support/rejection.js";
import { limit, onTracedPool, range, settled, turns, warmUp } from "./support/pool.js";
import { echo, next, passOrBlock, passOrPoll, passOrSpin, waitForOther } from "./support/tasks.js";

const tasks = 1_000;

/** Ways of not coming to an end, as functions whose calls are cheap otherwise. */
const ways: [string, (id: number, stuck: boolean) => unknown][] = [
  ["sleeps in Atomics.wait", passOrBlock],
  ["spins", passOrSpin],
  ["waits for a promise", passOrPoll],
];

for (const [way, fn] of ways) {
  test(
    `two workers: while one task of a burst ${way}, all the others of its kind finish`,
    limit,
    async () => {
      for (const place of [0, 1, 500, 999]) {
        await onTracedPool(2 * tasks, { maxWorkers: 2 }, async ({ pool, gate, runs }) => {
          await warmUp((i) => pool.submit(fn, i, false), tasks);
          const futures = range(tasks).map((i) => pool.submit(fn, tasks + i, i === place));
          const [stuck] = futures.splice(place, 1);
          await gate.arrived(1);
          await settled(futures, `tasks beside a stuck one at ${place}`);
          assert.equal(stuck!.state, "running");
          gate.open();
          await settled([stuck!]);
          assert.ok(range(2 * tasks).every((id) => runs(id) === 1));
        });
      }
    },
  );
}

test("a cold pool of two workers: a burst whose first task is stuck finishes without it", limit, async () => {
  await onTracedPool(tasks, { maxWorkers: 2 }, async ({ pool, gate }) => {
    const [stuck, ...futures] = range(tasks).map((i) => pool.submit(passOrBlock, i, i === 0));
    await settled(futures);
    assert.equal(stuck!.done(), false);
    gate.open();
    await settled([stuck!]);
  });
});

test(
  "tasks that come while a worker is stuck finish on the others, whatever their arguments are",
  limit,
  async () => {
    await onTracedPool(4_000, { maxWorkers: 3 }, async ({ pool, gate }) => {
      await warmUp((i) => pool.submit(passOrBlock, i, false), tasks);
      const stuck = [0, 1].map((i) => pool.submit(passOrBlock, tasks + i, true));
      await gate.arrived(2);
      for (let round = 0; round < 10; round++) {
        const futures = range(200).map((i): Future<unknown> => {
          const id = 1_100 + 200 * round + i;
          return i % 2 ? pool.submit(echo, id, { i }) : pool.submit(next, id, i);
        });
        await settled(futures);
      }
      assert.ok(stuck.every((future) => !future.done()));
      gate.open();
      await settled(stuck);
    });
  },
);

test(
  "fewer tasks than workers may block their threads for what later tasks of the burst do",
  limit,
  async () => {
    const scenario = fc.integer({ min: 2, max: 3 }).chain((maxWorkers) =>
      fc.record({
        maxWorkers: fc.constant(maxWorkers),
        count: fc.integer({ min: 2, max: 300 }),
        waiting: fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: maxWorkers - 1 }),
      }),
    );
    await onTracedPool(20_000, { maxWorkers: 2 }, async (two) => {
      await onTracedPool(20_000, { maxWorkers: 3 }, async (three) => {
        let first = 0;
        for (const { pool } of [two, three]) await warmUp((i) => pool.submit(waitForOther, i, -1), tasks);
        first += tasks;
        await fc.assert(
          fc.asyncProperty(scenario, async ({ maxWorkers, count, waiting }) => {
            const { pool, runs } = maxWorkers === 2 ? two : three;
            const from = first;
            first += count;
            const others: number[] = Array(count).fill(-1);
            for (const [place, distance] of waiting) {
              const waiter = place % (count - 1);
              others[waiter] = from + waiter + 1 + (distance % (count - 1 - waiter));
            }
            await settled(others.map((other, i) => pool.submit(waitForOther, from + i, other)));
            assert.ok(range(count).every((i) => runs(from + i) === 1));
          }),
          { numRuns: 40, endOnFailure: true },
        );
      });
    });
  },
);

test(
  "one worker: tasks of a burst that wait for what they submit are not stuck behind the rest of it",
  limit,
  async () => {
    await onTracedPool(3_000, { maxWorkers: 1 }, async ({ pool, runs }) => {
      await warmUp((i) => pool.submit(next, i, i), tasks);
      const nest = async (id: number): Promise<number> => await currentTask().executor.submit(next, id, id);
      const futures = range(tasks).map(
        (i): Future<number> =>
          i % 10 === 0 ? pool.submit(nest, tasks + i) : pool.submit(next, tasks + i, tasks + i),
      );
      await settled(futures);
      assert.deepEqual(
        await Promise.all(futures),
        range(tasks).map((i) => tasks + i + 1),
      );
      assert.ok(range(tasks).every((i) => runs(tasks + i) === 1));
    });
  },
);

test(
  "three workers: a nested task may block its thread until a later one of the outer burst has begun",
  limit,
  async () => {
    await onTracedPool(500, { maxWorkers: 3 }, async ({ pool }) => {
      // the outer one keeps a place, and the nested one may have another
      const nest = async (executor: Executor): Promise<number> => await executor.submit(waitForOther, 0, 400);
      const futures = range(400).map(
        (i): Future<number> => (i === 10 ? pool.submit(nest, pool) : pool.submit(next, i + 1, i)),
      );
      await settled(futures);
    });
  },
);

test(
  "tasks in the same burst as one that had to be ended with its worker run once, and finish",
  limit,
  async () => {
    const stubborn: [number, (id: number, stuck: boolean) => unknown][] = [
      [0, passOrBlock],
      [50, passOrSpin],
      [99, passOrPoll],
    ];
    for (const [place, fn] of stubborn) {
      await onTracedPool(300, { maxWorkers: 1, grace: 0 }, async ({ pool, gate, runs }) => {
        await warmUp((i) => pool.submit(fn, i, false), 200);
        const futures = range(100).map((i) => pool.submit(fn, 200 + i, i === place));
        const [stuck] = futures.splice(place, 1);
        await gate.arrived(1);
        await turns(5);
        stuck!.abort("enough");
        assert.equal((await rejectionOf(stuck!, CancelledError)).cause, "enough");
        await settled(futures);
        const ids = range(100)
          .filter((i) => i !== place)
          .map((i) => 200 + i);
        assert.deepEqual(await Promise.all(futures), ids);
        assert.ok(range(100).every((i) => runs(200 + i) === 1));
      });
    }
  },
);
