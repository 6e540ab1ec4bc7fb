import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Future } from "ungil";
import { until } from "ungil/testing";
import { makeShelf, planOf, recipes } from "./support/plans.js";
import { limit, onTracedPool, range, settled, type TracedPool, turns } from "./support/pool.js";
import { next, overlap, passOrBlock } from "./support/tasks.js";

/** Holds the only worker until the gate opens. The future is within an object: a promise would wait for it. */
async function blockWorker(
  { pool, gate }: TracedPool,
  id: number,
): Promise<{ readonly blocked: Future<unknown> }> {
  const before = gate.arrivals;
  const blocked = pool.submit(passOrBlock, id, true);
  await gate.arrived(before + 1);
  return { blocked };
}

function closeAgain({ traces }: TracedPool): void {
  Atomics.store(traces.gate, 0, 0);
}

/** Kinds of tasks that run once; how their arguments travel differs. */
const anyKind = recipes([
  "next",
  "string",
  "echo",
  "change",
  "burn",
  "soon",
  "later",
  "fail",
  "throwValue",
  "moved",
  "limited",
  "captured",
]);

test(
  "one worker: tasks of one priority begin in the order of their submission, whatever their arguments and results are",
  limit,
  async () => {
    const most = 700;
    const numRuns = 15;
    await onTracedPool(numRuns * most, { maxWorkers: 1 }, async ({ pool, order }) => {
      let first = 0;
      const bursts = fc.array(fc.record({ tasks: fc.array(anyKind, { maxLength: 120 }), pause: fc.nat(3) }), {
        maxLength: 5,
      });
      await fc.assert(
        fc.asyncProperty(bursts, async (given) => {
          const from = first;
          const shelf = makeShelf();
          const futures: Future<unknown>[] = [];
          for (const { tasks, pause } of given) {
            for (const recipe of tasks) futures.push(planOf(recipe, shelf).submit(pool, first++));
            await turns(pause);
          }
          await settled(futures);
          assert.deepEqual(
            order(from),
            range(first - from).map((i) => from + i),
          );
        }),
        { numRuns, endOnFailure: true },
      );
    });
  },
);

test(
  "one worker: of what waits, higher priorities begin first, and equal ones in the order of their submission",
  limit,
  async () => {
    const numRuns = 15;
    const tasks = fc.array(fc.record({ recipe: anyKind, priority: fc.integer({ min: -3, max: 3 }) }), {
      maxLength: 150,
    });
    await onTracedPool(numRuns * 200, { maxWorkers: 1 }, async (traced) => {
      let first = 0;
      await fc.assert(
        fc.asyncProperty(tasks, async (given) => {
          closeAgain(traced);
          const from = first;
          const shelf = makeShelf();
          const { blocked } = await blockWorker(traced, first++);
          const futures = given.map(({ recipe, priority }, i) =>
            planOf(recipe, shelf).submit(traced.pool.with({ priority }), first + i),
          );
          await turns(3);
          traced.gate.open();
          await settled([blocked, ...futures]);
          const byPriority = range(given.length).toSorted((a, b) => given[b]!.priority - given[a]!.priority);
          assert.deepEqual(
            traced.order(from + 1),
            byPriority.map((i) => first + i),
          );
          first += given.length;
        }),
        { numRuns, endOnFailure: true },
      );
    });
  },
);

test(
  "one worker: a task of high priority overtakes all that have not begun, however long ago they were submitted",
  limit,
  async () => {
    await onTracedPool(1_100, { maxWorkers: 1 }, async (traced) => {
      const { pool, gate, order } = traced;
      await settled(range(50).map((i) => pool.submit(next, i, i)));
      const { blocked } = await blockWorker(traced, 50);
      const early = range(1_000).map((i) => pool.submit(next, 51 + i, i));
      await turns(20);
      const urgent = pool.with({ priority: "high" }).submit(next, 1_051, 0);
      await turns(20);
      gate.open();
      await settled([blocked, urgent, ...early]);
      assert.equal(order(51)[0], 1_051);
    });
  },
);

test(
  "no starvation: what is submitted with low priority has run when a flood of others ends, on each number of workers",
  limit,
  async () => {
    for (const maxWorkers of [1, 2, 3]) {
      await onTracedPool(6_000, { maxWorkers, tasksPerWorker: 2 }, async ({ pool, runs }) => {
        const low = pool.with({ priority: "low" });
        const high = pool.with({ priority: "high" });
        const futures = range(6_000).map((i) =>
          i % 30 === 0 ? low.submit(next, i, i) : (i % 2 ? high : pool).submit(next, i, i),
        );
        await settled(futures);
        assert.ok(range(6_000).every((i) => runs(i) === 1));
      });
    }
  },
);

test(
  "asynchronous tasks share a worker only as far as tasksPerWorker says, in bursts too",
  limit,
  async () => {
    for (const [maxWorkers, tasksPerWorker] of [
      [1, 1],
      [1, 3],
      [2, 2],
    ] as const) {
      await onTracedPool(900, { maxWorkers, tasksPerWorker }, async ({ pool, traces }) => {
        await settled(range(100).map((i) => pool.submit(next, i, i)));
        const futures = range(800).map((i) =>
          i % 3 === 0 ? pool.submit(next, 100 + i, i) : pool.submit(overlap, 100 + i, i % 4),
        );
        await settled(futures);
        assert.equal(traces.level[0], 0);
        assert.ok(traces.level[1]! <= maxWorkers * tasksPerWorker, `${traces.level[1]} at once`);
        if (tasksPerWorker > 1) assert.ok(traces.level[1]! > 1, "they do share one");
      });
    }
  },
);

test("maxTasksPerWorker: no thread runs more, in bursts too, and each task runs once", limit, async () => {
  await onTracedPool(103, { maxWorkers: 2, maxTasksPerWorker: 10 }, async ({ pool, runs, traces }) => {
    const futures = range(103).map((i) => pool.submit(next, i, i));
    await settled(futures);
    const served = new Map<number, number>();
    for (const thread of traces.threads) served.set(thread, (served.get(thread) ?? 0) + 1);
    assert.ok(
      [...served.values()].every((count) => count <= 10),
      String([...served.values()]),
    );
    assert.ok(range(103).every((i) => runs(i) === 1));
    await until(() => pool.stats().workers.recycled >= 10, "each is replaced");
  });
});

test(
  "retries: a task that is tried again runs as often as it must, and those around it once",
  limit,
  async () => {
    const failing = recipes(["retried", "exhausted", "next", "fail"]);
    const numRuns = 8;
    await onTracedPool(numRuns * 200, { maxWorkers: 2 }, async ({ pool, runs }) => {
      let first = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(failing, { maxLength: 200 }), async (given) => {
          const plans = given.map((recipe) => planOf(recipe, makeShelf()));
          const futures = plans.map((plan, i) => plan.submit(pool, first + i));
          await settled(futures);
          for (const [i, plan] of plans.entries()) assert.equal(runs(first + i), plan.runs, plan.what);
          first += given.length;
        }),
        { numRuns, endOnFailure: true },
      );
    });
  },
);
