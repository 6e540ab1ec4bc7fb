import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AsyncExecutor,
  BrokenExecutorError,
  currentTask,
  InvalidStateError,
  ThreadPoolExecutor,
  WorkerExitError,
} from "ungil";
import { Gate, until } from "ungil/testing";
import { rejectionOf } from "../threading/support/rejection.js";
import { block, identity, poll } from "../threading/support/tasks.js";

const limit = { timeout: 60_000 };

test(
  "ready: without maxQueue a producer of a hundred thousand tasks never has more than a thousand waiting",
  limit,
  async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
    let sum = 0;
    for (let i = 0; i < 100_000; i++) {
      await pool.ready();
      pool.submit(identity, i).onDone((future) => {
        sum += future.snapshot().result as number;
      });
    }
    await pool.shutdown();
    assert.equal(sum, (99_999 * 100_000) / 2);
    // what was taken back from a worker that does not get on counts as waiting again
    assert.ok(pool.stats().peakQueued <= 1_010, String(pool.stats().peakQueued));
  },
);

test("ready: cancelled tasks and a larger pool make room, too", limit, async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1, maxQueue: 1 });
  const gate = new Gate();
  const running = pool.submit(block, gate.cells, 0);
  await gate.arrived(1);
  await until(() => running.running(), "it runs");
  const waiting = pool.submit(identity, 1);
  const one = pool.ready();
  assert.equal(waiting.cancel(), true);
  await one;
  pool.submit(identity, 2);
  const other = pool.ready();
  pool.resize({ maxWorkers: 2 });
  await other;
  assert.equal(await pool.submit(identity, 3), 3);
  gate.open();
  await pool.shutdown();
});

test("ready: tasks that leave the queue for workers make room, though none of them ends", limit, async () => {
  const executor = new AsyncExecutor({ maxWorkers: 2_000 });
  const gate = new Gate();
  for (let i = 0; i < 1_000; i++) executor.submit(poll, gate.cells, i);
  const waiting = executor.ready();
  await waiting;
  assert.equal(gate.arrivals, 1_000);
  await executor.ready();
  gate.open();
  await executor.shutdown();
});

test("ready: a nested task that moves to a lent place makes room", limit, async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1, maxQueue: 1, onUnobserved: () => {} });
  const gate = new Gate();
  const parent = pool.submit(
    async (blocked: Int32Array, waited: Int32Array) => {
      const { executor } = currentTask();
      const child = executor.submit(poll, waited, 1);
      // it can't have a place before this task gives way
      block(blocked, 0);
      return child;
    },
    gate.cells,
    new Gate().cells,
  );
  await gate.arrived(1);
  await until(() => pool.stats().queued === 1, "the nested one waits");
  const waiting = pool.ready();
  gate.open();
  await waiting;
  pool.submit(identity, 1);
  await pool.terminate();
  await rejectionOf(parent, WorkerExitError);
});

test("ready: a pool that breaks ends the wait with the reason", limit, async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1, maxQueue: 0, onWorkerCrash: "fail-pool" });
  const gate = new Gate();
  const future = pool.submit((cells: Int32Array) => {
    Atomics.add(cells, 1, 1);
    Atomics.wait(cells, 0, 0);
    process.exit(3);
  }, gate.cells);
  await gate.arrived(1);
  await until(() => future.running(), "it runs");
  const waiting = rejectionOf(pool.ready(), BrokenExecutorError);
  gate.open();
  assert.match((await waiting).message, /exit code 3/);
  await rejectionOf(future, BrokenExecutorError);
});

test(
  "map: within a task of its own executor it waits for the place that the task lends, and not for its end",
  limit,
  async () => {
    const executor = new AsyncExecutor({ maxWorkers: 1, maxQueue: 1 });
    const gate = new Gate();
    const parent = executor.submit(async () => {
      await poll(gate.cells, 0);
      const maps = [1, 2].map((factor) => {
        const items = async function* (): AsyncGenerator<number> {
          yield 1;
          yield 2;
        };
        return executor.map(async (item) => item * factor, items());
      });
      return Promise.all(maps);
    });
    await gate.arrived(1);
    const outside = executor.submit(identity, "outside");
    // such a wait belongs to what a shutdown waits for
    const closed = executor.shutdown();
    gate.open();
    assert.deepEqual(await parent, [
      [1, 2],
      [2, 4],
    ]);
    assert.equal(await outside, "outside");
    await closed;
  },
);

test(
  "ready: a task can't wait for room in its own executor, in which it would wait for itself",
  limit,
  async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const told = pool.submit(() => currentTask().executor.ready());
    assert.match((await rejectionOf(told, InvalidStateError)).message, /not inside a task/);
    await using executor = new AsyncExecutor({ maxWorkers: 1 });
    const here = executor.submit(() => currentTask().executor.ready());
    assert.match((await rejectionOf(here, InvalidStateError)).message, /the place that it holds itself/);
  },
);
