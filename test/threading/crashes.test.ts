import assert from "node:assert/strict";
import { test } from "node:test";
import { BrokenThreadPoolError, ThreadPoolExecutor, WorkerExitError } from "ungil";
import { Gate, sharedCells, until } from "ungil/testing";
import { rejection, rejectionOf } from "./support/rejection.js";
import { add, block, exitAtGate, identity, poll } from "./support/tasks.js";

const limit = { timeout: 30_000 };

/** The ways in which a task may bring its thread down, and what is told of each. */
const ways: [string, () => unknown, Partial<WorkerExitError> & { causeMessage?: string }][] = [
  ["process.exit at once", () => process.exit(7), { reason: "exit", exitCode: 7 }],
  [
    "process.exit in a timer",
    () =>
      new Promise(() => {
        setTimeout(() => process.exit(8), 1);
      }),
    { reason: "exit", exitCode: 8 },
  ],
  [
    "process.exit in a chain of promises",
    () =>
      Promise.resolve()
        .then(() => {})
        .then(() => process.exit(9)),
    { reason: "exit", exitCode: 9 },
  ],
  [
    "an error thrown in a timer",
    () =>
      new Promise(() => {
        setTimeout(() => {
          throw new RangeError("in a timer");
        }, 1);
      }),
    { reason: "exit", exitCode: 1, causeMessage: "in a timer" },
  ],
  [
    "a rejection that nobody handles",
    () => {
      void Promise.reject(new RangeError("unhandled"));
      return new Promise(() => setTimeout(() => {}, 100_000));
    },
    { reason: "exit", exitCode: 1, causeMessage: "unhandled" },
  ],
  [
    "process.abort's little brother, process.reallyExit",
    () => (process as unknown as { reallyExit(code: number): void }).reallyExit(6),
    { reason: "exit", exitCode: 6 },
  ],
];

for (const [way, task, told] of ways) {
  test(`${way} settles that worker's task only, and the pool goes on at full strength`, limit, async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
    const gate = new Gate();
    const other = pool.submit(block, gate.cells, 1);
    await gate.arrived(1);
    const error = await rejectionOf(pool.with({ name: "doomed" }).submit(task), WorkerExitError);
    const { causeMessage, ...fields } = told;
    for (const [key, value] of Object.entries(fields))
      assert.equal(error[key as keyof WorkerExitError], value);
    assert.equal(error.task, "doomed");
    assert.match(error.message, /doomed/);
    if (causeMessage === undefined) assert.equal(error.cause, undefined);
    else {
      assert.ok(error.cause instanceof RangeError);
      assert.equal(error.cause.message, causeMessage);
    }
    const second = new Gate();
    const next = pool.submit(block, second.cells, 2);
    await second.arrived(1);
    gate.open();
    second.open();
    assert.deepEqual(await Promise.all([other, next]), [1, 2]);
    assert.equal(pool.stats().workers.crashed, 1);
  });
}

test(
  "memory: a task beyond resourceLimits fails with reason out-of-memory, and the pool goes on",
  limit,
  async () => {
    await using pool = new ThreadPoolExecutor({
      maxWorkers: 1,
      resourceLimits: { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 8 },
    });
    const future = pool.submit(() => {
      const kept: unknown[] = [];
      for (;;) kept.push(Array.from({ length: 1_000 }, (_, i) => ({ i })));
    });
    const error = await rejectionOf(future, WorkerExitError);
    assert.equal(error.reason, "out-of-memory");
    assert.match(error.message, /memory limit/);
    assert.equal(await pool.submit(add, 1, 2), 3);
  },
);

test(
  "tasks of a chunk that had not begun when the worker died run elsewhere, exactly once",
  limit,
  async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const counts = sharedCells(6);
    const results = await pool.map(
      (item: { cells: Int32Array; index: number }) => {
        Atomics.add(item.cells, item.index, 1);
        if (item.index === 2) process.exit(3);
        return item.index;
      },
      Array.from({ length: 6 }, (_, index) => ({ cells: counts, index })),
      { chunksize: 6, errors: "settle" },
    );
    assert.deepEqual(
      results.map((result) => (result.status === "fulfilled" ? result.value : "failed")),
      [0, 1, "failed", 3, 4, 5],
    );
    assert.deepEqual([...counts], [1, 1, 1, 1, 1, 1]);
  },
);

test(
  "results that were ready just before process.exit are not lost, primitives that travel together too",
  limit,
  async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    for (let round = 0; round < 5; round++) {
      const results = await pool.map(
        (index: number) => {
          if (index === 50) process.exit(3);
          return index;
        },
        Array.from({ length: 60 }, (_, index) => index),
        { chunksize: 60, errors: "settle" },
      );
      const failed = results.flatMap(({ status }, index) => (status === "rejected" ? [index] : []));
      assert.deepEqual(failed, [50]);
    }
  },
);

test("results that were ready before an error that nobody caught are not lost", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, tasksPerWorker: 2 });
  const results = await pool.map(
    (index: number) => {
      if (index === 3)
        process.nextTick(() => {
          throw new RangeError("later");
        });
      return index;
    },
    [0, 1, 2, 3],
    { chunksize: 4, errors: "settle" },
  );
  assert.deepEqual(
    results.slice(0, 3).map(({ status }) => status),
    ["fulfilled", "fulfilled", "fulfilled"],
  );
});

test("a map whose tasks shared a dead worker fails once, and nothing is thrown past it", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, tasksPerWorker: 3 });
  const gate = new Gate();
  const stream = pool.map(
    async (item: { cells: Int32Array; index: number }) => {
      Atomics.add(item.cells, 1, 1);
      while (Atomics.load(item.cells, 0) === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      if (item.index === 1) process.exit(3);
      await new Promise(() => {});
    },
    [0, 1, 2].map((index) => ({ cells: gate.cells, index })),
  );
  const failed = rejectionOf(stream, WorkerExitError);
  await gate.arrived(3);
  gate.open();
  await failed;
  assert.equal(await pool.submit(add, 1, 2), 3);
  const { submitted, completed, failed: failures, cancelled } = pool.stats();
  assert.equal(completed + failures + cancelled, submitted);
});

test(
  'onWorkerCrash "fail-task": retries are for errors of the task, not for a lost worker',
  limit,
  async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1, onWorkerCrash: "fail-task" });
    const calls = sharedCells(1);
    const future = pool.with({ retries: 3 }).submit((cells: Int32Array) => {
      Atomics.add(cells, 0, 1);
      process.exit(1);
    }, calls);
    await rejectionOf(future, WorkerExitError);
    assert.equal(Atomics.load(calls, 0), 1);
  },
);

test('onWorkerCrash "retry": a task with retries runs again, one without fails', limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, onWorkerCrash: "retry" });
  const exitAtFirst = (cells: Int32Array): number => {
    const call = Atomics.add(cells, 0, 1) + 1;
    if (call <= 2) process.exit(1);
    return call;
  };
  assert.equal(await pool.with({ retries: 2 }).submit(exitAtFirst, sharedCells(1)), 3);
  await rejectionOf(pool.with({ retries: 1 }).submit(exitAtFirst, sharedCells(1)), WorkerExitError);
  await rejectionOf(pool.submit(exitAtFirst, sharedCells(1)), WorkerExitError);
});

test(
  'onWorkerCrash "fail-pool": one lost worker breaks the pool, running and waiting tasks fail with the cause',
  limit,
  async () => {
    const pool = new ThreadPoolExecutor({ maxWorkers: 2, onWorkerCrash: "fail-pool" });
    const gate = new Gate();
    const doomed = pool.submit(exitAtGate, gate.cells, 5);
    const bystander = new Gate();
    const running = pool.submit(poll, bystander.cells, 1);
    await Promise.all([gate.arrived(1), bystander.arrived(1)]);
    const waiting = pool.submit(identity, 1);
    gate.open();
    for (const future of [doomed, running, waiting]) {
      const error = await rejectionOf(future, BrokenThreadPoolError);
      assert.match(error.message, /exit code 5/);
      assert.ok(error.cause instanceof WorkerExitError);
    }
    assert.throws(() => pool.submit(identity, 1), BrokenThreadPoolError);
    await pool.shutdown();
  },
);

test("a result nested too deeply for this thread fails its task, and the pool goes on", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const nest = (depth: number): unknown => {
    let list: unknown = null;
    for (let i = 0; i < depth; i++) list = [list];
    return list;
  };
  for (const depth of [5_000, 100_000]) await rejection(pool.submit(nest, depth));
  assert.equal(await pool.submit(add, 1, 2), 3);
});

test("a task that closes its own worker's channel is not waited for in vain", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, grace: 10 });
  const future = pool.submit(async () => {
    const threads = await import("node:worker_threads");
    for (const each of Object.values(threads.workerData as Record<string, unknown>)) {
      (each as { port?: { close(): void } }).port?.close();
    }
    setInterval(() => {}, 100_000);
  });
  // its result may still be found where both sides look
  await Promise.allSettled([future]);
  assert.equal(await pool.submit(add, 1, 2), 3);
});

test("a task may use parentPort: nobody listens, nothing breaks", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, grace: 10 });
  const future = pool.submit(async () => {
    const { parentPort } = await import("node:worker_threads");
    parentPort?.postMessage({ kind: "done", results: [{ word: 0, ok: true, value: "forged", ran: 0 }] });
    parentPort?.on("message", () => {});
    return "own";
  });
  assert.equal(await future, "own");
});

test("a task that ended many workers in turn does not take the pool with it", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  for (let round = 0; round < 5; round++) {
    await rejectionOf(
      pool.submit(() => process.exit(1)),
      WorkerExitError,
    );
  }
  assert.equal(await pool.submit(add, 1, 2), 3);
  assert.equal(pool.stats().workers.crashed, 5);
});

test("a worker that dies while it is idle is not a failure of anybody", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const gate = new Gate();
  await pool.submit((cells: Int32Array) => {
    const timer = setInterval(() => {
      if (Atomics.load(cells, 0) === 0) return;
      clearInterval(timer);
      process.exit(2);
    }, 1);
  }, gate.cells);
  gate.open();
  await until(() => pool.stats().workers.crashed === 1, "it died");
  assert.equal(await pool.submit(add, 1, 2), 3);
  assert.equal(pool.stats().failed, 0);
});
