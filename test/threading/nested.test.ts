import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AsyncExecutor,
  CancelledError,
  currentTask,
  type Executor,
  InlineExecutor,
  QueueFullError,
  ShutdownError,
  ThreadPoolExecutor,
  TimeoutError,
  WorkerExitError,
} from "ungil";
import { Gate, sharedCells, until } from "ungil/testing";
import { rejectionOf } from "./support/rejection.js";
import { add, block, fail, failAtFirst, fib, identity, ownFib, poll, record, spin } from "./support/tasks.js";

/** A hang is a failure, not a lost evening. */
const limit = { timeout: 30_000 };

test("E5: a closure that captures its pool waits for what it submits, on one worker", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const future = pool.submit(async () => {
    const inner = await pool.submit((x: number) => x + 1, 1);
    return inner + (await pool.submit((x: number) => x * 10, inner));
  });
  assert.equal(await future, 22);
  assert.equal(pool.stats().workers.started, 1);
});

test("E5: fib with the pool as an argument, on one worker and on two", limit, async () => {
  for (const maxWorkers of [1, 2]) {
    await using pool = new ThreadPoolExecutor({ maxWorkers });
    assert.equal(await pool.submit(fib, pool, 10), 55);
    assert.ok(pool.stats().workers.peak <= maxWorkers);
  }
});

test("E5: fib with currentTask().executor", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  assert.equal(await pool.submit(ownFib, 9), 34);
});

test("E5: several trees at once share one worker", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const trees = [5, 6, 7, 8].map((n) => pool.submit(ownFib, n));
  assert.deepEqual(await Promise.all(trees), [5, 8, 13, 21]);
});

test("E5: a map within a map", limit, async () => {
  for (const maxWorkers of [1, 2]) {
    await using pool = new ThreadPoolExecutor({ maxWorkers });
    const rows = await pool.map(
      async (row: number) => await currentTask().executor.map((x: number) => x * row, [1, 2, 3]),
      [1, 2, 3],
    );
    assert.deepEqual(rows, [
      [1, 2, 3],
      [2, 4, 6],
      [3, 6, 9],
    ]);
  }
});

test("E5: a chunk of tasks that each submit and wait", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const sums = await pool.map(
    async (pair: { a: number }) => await currentTask().executor.submit((x: number) => x + 1, pair.a),
    Array.from({ length: 12 }, (_, a) => ({ a })),
    { chunksize: 4 },
  );
  assert.deepEqual(
    sums,
    Array.from({ length: 12 }, (_, a) => a + 1),
  );
});

test("E5: priorities turn nothing into a dead-lock", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const outer = pool
    .with({ priority: "high" })
    .submit(async () => await currentTask().executor.with({ priority: "low" }).submit(identity, 1));
  const others = Array.from({ length: 5 }, (_, i) => pool.with({ priority: "high" }).submit(identity, i));
  assert.equal(await outer, 1);
  await Promise.all(others);
});

test("E5: several tasks on one worker, each waiting for its own", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, tasksPerWorker: 3 });
  assert.deepEqual(await Promise.all([6, 7, 8, 5, 4].map((n) => pool.submit(ownFib, n))), [8, 13, 21, 5, 3]);
});

test("E5: a pool whose workers are replaced after each task", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, maxTasksPerWorker: 1 });
  assert.equal(await pool.submit(ownFib, 4), 3);
  assert.equal(pool.stats().workers.started, 9, "one for each of the nine calls");
});

test("E5: the place that a waiting task lends counts as room in a bounded queue", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, maxQueue: 0 });
  const future = pool.submit(async () => await currentTask().executor.submit(add, 1, 2));
  assert.equal(await future, 3);
});

test(
  "E5: a nested submission to a full queue fails with a QueueFullError, and the pool goes on",
  limit,
  async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1, maxQueue: 1 });
    const gate = new Gate();
    const future = pool.submit(async (cells: Int32Array) => {
      const { executor } = currentTask();
      const inner = [1, 2, 3].map(() => executor.submit(poll, cells, 0));
      const results = await Promise.allSettled([inner[2]]);
      Atomics.store(cells, 0, 1);
      await Promise.all([inner[0], inner[1]]);
      return (results[0] as PromiseRejectedResult).reason as unknown;
    }, gate.cells);
    assert.ok((await future) instanceof QueueFullError);
    assert.equal(await pool.submit(add, 1, 2), 3);
  },
);

test("E5: a running task may still submit to its pool during shutdown, nobody else may", limit, async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const gate = new Gate();
  const future = pool.submit(async (cells: Int32Array) => {
    Atomics.add(cells, 1, 1);
    while (Atomics.load(cells, 0) === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    return await currentTask().executor.submit(async () => await currentTask().executor.submit(() => 42));
  }, gate.cells);
  await gate.arrived(1);
  const closed = pool.shutdown();
  assert.throws(() => pool.submit(add, 1, 2), ShutdownError);
  gate.open();
  assert.equal(await future, 42);
  await closed;
});

test("E5: a view is captured with its options", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const view = pool.with({ retries: 2, name: "stubborn" });
  const calls = sharedCells(1);
  assert.equal(await pool.submit(async () => await view.submit(failAtFirst, calls, 2)), 3);
  assert.equal(pool.stats().retried, 2);
});

test("E5: a view that belongs to this thread is refused by name", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const view = pool.with({ signal: new AbortController().signal });
  assert.throws(() => pool.submit(async () => await view.submit(add, 1, 2)), /signal/);
});

test("E5: a task may submit to another pool that it captures", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  await using other = new ThreadPoolExecutor({ maxWorkers: 1 });
  assert.equal(await pool.submit(async () => await other.submit(add, 1, 2)), 3);
  assert.equal(other.stats().completed, 1);
});

test("E5: a way that leads through another pool and back does not dead-lock", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  await using other = new ThreadPoolExecutor({ maxWorkers: 1 });
  const there = async (a: Executor, b: Executor, n: number): Promise<number> => {
    if (n === 0) return 0;
    return 1 + (await b.submit(there, b, a, n - 1));
  };
  const futures = [pool.submit(there, pool, other, 5), other.submit(there, other, pool, 4)];
  assert.deepEqual(await Promise.all(futures), [5, 4]);
});

test(
  "E5: a task on the event loop, one of threads, and back: each executor has one place",
  limit,
  async () => {
    await using first = new AsyncExecutor({ maxWorkers: 1 });
    await using second = new AsyncExecutor({ maxWorkers: 1 });
    const future = first.submit(async () => await second.submit(async () => await first.submit(() => 7)));
    assert.equal(await future, 7);
  },
);

test(
  "E5: a task that submits by way of an executor on its own thread lends its place too",
  limit,
  async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const future = pool.submit(async () => {
      await using local = new AsyncExecutor({ maxWorkers: 1 });
      await using inline = new InlineExecutor();
      const a = await local.submit(async () => await pool.submit(add, 1, 2));
      const b = await inline.submit(async () => await pool.submit(add, 3, 4));
      return a + b;
    });
    assert.equal(await future, 10);
  },
);

test(
  "E5: a task that keeps its thread busy while it waits is served by another worker, where one may start",
  limit,
  async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
    const gate = new Gate();
    const future = pool.submit((cells: Int32Array) => {
      const inner = currentTask().executor.submit((shared: Int32Array) => {
        Atomics.store(shared, 0, 1);
        Atomics.notify(shared, 0);
        return "opened";
      }, cells);
      while (Atomics.load(cells, 0) === 0) Atomics.wait(cells, 0, 0);
      return inner;
    }, gate.cells);
    assert.equal(await future, "opened");
  },
);

test("E5: what a finished task has left behind does not push in front of the others", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const gate = new Gate();
  const order = sharedCells(4);
  const chain = pool.submit(
    async (cells: Int32Array, shared: Int32Array) => {
      Atomics.add(cells, 1, 1);
      while (Atomics.load(cells, 0) === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      const { executor } = currentTask();
      executor.submit(record, shared, 9);
      executor.submit(record, shared, 8);
    },
    gate.cells,
    order,
  );
  await gate.arrived(1);
  const other = pool.submit(record, order, 1);
  gate.open();
  await Promise.all([chain, other]);
  await pool.shutdown();
  assert.equal(Atomics.load(order, 0), 3, "all three have run, nobody waited for two of them");
});

test("E5: an endless chain of tasks, each submitting the next, leaves room for others", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const stop = new Gate();
  const link = (cells: Int32Array): void => {
    Atomics.add(cells, 1, 1);
    if (Atomics.load(cells, 0) === 0) void currentTask().executor.submit(link, cells);
  };
  pool.submit(link, stop.cells);
  await stop.arrived(20);
  assert.equal(await pool.submit(add, 1, 2), 3);
  stop.open();
});

test("E5: work that a finished task left behind survives the end of that task's worker", limit, async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1, maxTasksPerWorker: 1 });
  const gate = new Gate();
  const cells = sharedCells(2);
  await pool.submit(
    (gateCells: Int32Array, shared: Int32Array) => {
      currentTask()
        .executor.submit(
          (inner: Int32Array, target: Int32Array) => {
            while (Atomics.load(inner, 0) === 0) Atomics.wait(inner, 0, 0);
            Atomics.store(target, 0, 42);
          },
          gateCells,
          shared,
        )
        .then(undefined, () => {});
    },
    gate.cells,
    cells,
  );
  await until(() => pool.stats().workers.started === 2, "the next worker is on its way");
  gate.open();
  await pool.shutdown();
  assert.equal(Atomics.load(cells, 0), 42);
  assert.equal(pool.stats().cancelled, 0);
});

test("E5: the error of a nested task arrives in its class, and passes through", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const caught = await pool.submit(async () => {
    try {
      await currentTask().executor.submit(fail, "inner");
      return "nothing";
    } catch (error) {
      return `${error instanceof RangeError} ${(error as Error).message}`;
    }
  });
  assert.equal(caught, "true inner");
  const error = await rejectionOf(
    pool.submit(async () => await currentTask().executor.submit(fail, "through")),
    RangeError,
  );
  assert.equal(error.message, "through");
});

test("E5: progress of a nested task reaches the task that submitted it", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const reports = await pool.submit(async () => {
    const inner = currentTask().executor.submit(async () => {
      await new Promise<void>((resolve) => setImmediate(resolve));
      for (const step of [1, 2, 3]) currentTask().report({ step });
    });
    const seen: unknown[] = [];
    for await (const report of inner.progress) seen.push(report);
    await inner;
    return seen;
  });
  assert.deepEqual(reports, [{ step: 1 }, { step: 2 }, { step: 3 }]);
});

test("E5: a nested task can be cancelled, waiting or running", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const gate = new Gate();
  const future = pool.submit(async (cells: Int32Array) => {
    const { executor } = currentTask();
    const running = executor.submit(async (inner: Int32Array) => {
      Atomics.add(inner, 1, 1);
      const { signal } = currentTask();
      await new Promise<void>((resolve) => {
        signal.addEventListener("abort", () => resolve());
      });
      return String(signal.reason);
    }, cells);
    const waiting = executor.submit((inner: Int32Array) => Atomics.add(inner, 1, 100), cells);
    while (Atomics.load(cells, 1) === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    const answers = [waiting.cancel("not needed"), running.cancel("enough")];
    const ends = await Promise.allSettled([running, waiting]);
    return [answers, ends.map((end) => end.status === "rejected" && end.reason.cause)];
  }, gate.cells);
  assert.deepEqual(await future, [
    [true, true],
    ["enough", "not needed"],
  ]);
  await pool.shutdown();
  assert.equal(gate.arrivals, 1, "the waiting one never ran");
  assert.equal(pool.stats().cancelled, 2);
});

test("E5: a reason that can't travel cancels a nested task all the same", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const gate = new Gate();
  const cause = await pool.submit(async (cells: Int32Array) => {
    const inner = currentTask().executor.submit(poll, cells, 1);
    while (Atomics.load(cells, 1) === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    inner.cancel(Symbol("odd"));
    return String(await inner.exception().catch((error: Error) => error.name));
  }, gate.cells);
  assert.equal(cause, "CancelledError");
  gate.open();
});

test(
  "E5: a nested task with a timeout is stopped, its parent goes on when another worker ran it",
  limit,
  async () => {
    await using pool = new ThreadPoolExecutor({ minWorkers: 2, maxWorkers: 2, grace: 0 });
    await until(() => pool.stats().workers.idle === 2, "both are ready");
    const gate = new Gate();
    const name = await pool.submit(async (cells: Int32Array) => {
      const inner = currentTask().executor.with({ timeout: 20 }).submit(spin, cells);
      return ((await inner.exception()) as Error).name;
    }, gate.cells);
    assert.equal(name, TimeoutError.name);
  },
);

test("E5: children of a task whose worker died are stopped, wherever they run", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  await using other = new ThreadPoolExecutor({ maxWorkers: 1 });
  const gate = new Gate();
  const future = pool.submit(async (cells: Int32Array) => {
    void currentTask().executor.submit(poll, cells, 1);
    void other.submit(poll, cells, 2);
    while (Atomics.load(cells, 1) < 2) await new Promise<void>((resolve) => setImmediate(resolve));
    process.exit(4);
  }, gate.cells);
  await rejectionOf(future, WorkerExitError);
  await until(() => pool.stats().cancelled === 1 && other.stats().cancelled === 1, "both are stopped");
  gate.open();
  assert.equal(await pool.submit(add, 1, 2), 3);
});

test("E5: terminate ends nested work with the rest", limit, async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const gate = new Gate();
  const future = pool.submit(async (cells: Int32Array) => {
    await currentTask().executor.submit(block, cells, 1);
  }, gate.cells);
  await gate.arrived(1);
  const ended = rejectionOf(future, WorkerExitError);
  await pool.terminate();
  assert.equal((await ended).reason, "terminated");
  const { submitted, completed, failed, cancelled } = pool.stats();
  assert.equal(completed + failed + cancelled, submitted);
});

test("E5: shutdown, terminate and stats of an executor say where they are to be called", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const messages = await pool.submit(async () => {
    const { executor } = currentTask();
    const calls = [() => executor.shutdown(), () => executor.terminate(), async () => executor.stats()];
    return await Promise.all(calls.map((call) => call().catch((error: Error) => error.message)));
  });
  for (const message of messages) assert.match(message as string, /where it was made/);
});

test("E5: an abort of the parent is a CancelledError, and the child is still counted", limit, async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1, grace: 0 });
  const gate = new Gate();
  const future = pool.submit(async (cells: Int32Array) => {
    await currentTask().executor.submit(poll, cells, 1);
  }, gate.cells);
  await gate.arrived(1);
  future.abort("enough");
  const error = await rejectionOf(future, CancelledError);
  assert.equal(error.cause, "enough");
  gate.open();
  await pool.shutdown();
  const { submitted, completed, failed, cancelled } = pool.stats();
  assert.equal(completed + failed + cancelled, submitted);
});
