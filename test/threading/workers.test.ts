import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import worker from "node:worker_threads";
import { BrokenThreadPoolError, SerializationError, ThreadPoolExecutor, TimeoutError } from "ungil";
import { Gate, manualClock, sharedCells, until } from "ungil/testing";
import { rejectionOf } from "./support/rejection.js";
import { add, block, identity, thread } from "./support/tasks.js";

test("E1: as many workers as there are cores, by default", async () => {
  await using pool = new ThreadPoolExecutor();
  const gate = new Gate();
  const cores = availableParallelism();
  const futures = Array.from({ length: 2 * cores }, (_, i) => pool.submit(block, gate.cells, i));
  await gate.arrived(cores);
  assert.equal(pool.stats().workers.busy, cores);
  assert.equal(pool.stats().workers.started, cores);
  gate.open();
  await Promise.all(futures);
  assert.equal(pool.stats().workers.peak, cores);
});

test("E2: a pool that was never used has no workers", async () => {
  await using pool = new ThreadPoolExecutor();
  assert.equal(pool.stats().workers.started, 0);
});

test("E2: three submits one after the other use one worker", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 4 });
  const threads = new Set<number>();
  for (let i = 0; i < 3; i++) threads.add(await pool.submit(thread));
  assert.equal(threads.size, 1);
  assert.equal(pool.stats().workers.started, 1);
});

test("E2: sixty tasks and four workers: four workers, and never more than four tasks at once", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 4 });
  const gate = new Gate();
  const futures = Array.from({ length: 60 }, (_, i) => pool.submit(block, gate.cells, i));
  await gate.arrived(4);
  assert.equal(pool.stats().queued, 56);
  assert.equal(pool.stats().running, 4);
  gate.open();
  assert.deepEqual(
    await Promise.all(futures),
    Array.from({ length: 60 }, (_, i) => i),
  );
  assert.equal(pool.stats().workers.started, 4);
});

test("E2: an idle worker ends after idleTimeout, and not before", async () => {
  const clock = manualClock();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2, idleTimeout: 1_000, clock });
  await pool.submit(add, 1, 2);
  await clock.advance(999);
  assert.equal(pool.stats().workers.idle, 1);
  // the task of the time between makes the count start again
  await pool.submit(add, 1, 2);
  await clock.advance(999);
  assert.equal(pool.stats().workers.idle, 1);
  await clock.advance(1);
  await until(() => pool.stats().workers.idle === 0, "the idle worker has ended");
  assert.equal(await pool.submit(add, 1, 2), 3);
  assert.equal(pool.stats().workers.started, 2);
});

test("E2: a worker that is busy when its idle time would be over goes on", async () => {
  const clock = manualClock();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, idleTimeout: 1_000, clock });
  await pool.submit(add, 1, 2);
  await clock.advance(500);
  const gate = new Gate();
  const future = pool.submit(block, gate.cells, 7);
  await gate.arrived(1);
  await clock.advance(10_000);
  assert.equal(pool.stats().workers.busy, 1);
  gate.open();
  assert.equal(await future, 7);
  assert.equal(pool.stats().workers.started, 1);
  await clock.advance(1_000);
  await until(() => pool.stats().workers.idle === 0, "it ended");
});

test("E2: a task on an idle worker sets no timer of its own", async () => {
  const clock = manualClock();
  const pool = new ThreadPoolExecutor({ maxWorkers: 1, clock });
  let timers = 0;
  const { setTimer } = clock;
  clock.setTimer = (...args) => {
    timers++;
    return setTimer(...args);
  };
  await pool.submit(add, 1, 2);
  const before = timers;
  for (let i = 0; i < 20; i++) await pool.submit(add, 1, i);
  assert.equal(timers, before);
  await pool.shutdown();
  assert.equal(clock.pending(), 0, "no timer outlives the pool");
});

test("E2: minWorkers start with the executor and stay when idle", async () => {
  const clock = manualClock();
  await using pool = new ThreadPoolExecutor({ minWorkers: 2, maxWorkers: 4, idleTimeout: 1_000, clock });
  assert.equal(pool.stats().workers.started, 2);
  await until(() => pool.stats().workers.idle === 2, "both are ready");
  const gate = new Gate();
  const futures = Array.from({ length: 4 }, (_, i) => pool.submit(block, gate.cells, i));
  await gate.arrived(4);
  gate.open();
  await Promise.all(futures);
  await until(() => pool.stats().workers.idle === 4, "all are idle");
  await clock.advance(1_000);
  await until(() => pool.stats().workers.idle === 2, "all but two have ended");
  await clock.advance(10_000);
  assert.equal(pool.stats().workers.idle, 2);
  assert.equal(pool.stats().workers.started, 4);
});

test("E2: a worker of minWorkers that dies is replaced", async () => {
  await using pool = new ThreadPoolExecutor({ minWorkers: 1, maxWorkers: 1 });
  await rejectionOf(
    pool.submit(() => process.exit(3)),
    Error,
  );
  await until(() => pool.stats().workers.idle === 1, "there is a new one");
  assert.equal(pool.stats().workers.started, 2);
});

test("E3: workers are numbered, under the name of the executor", async () => {
  const seen: unknown[] = [];
  const note = (message: unknown): void => void seen.push(message);
  subscribe("ungil:worker:spawn", note);
  try {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 2, name: "resizers" });
    const gate = new Gate();
    const futures = [pool.submit(block, gate.cells, 0), pool.submit(block, gate.cells, 1)];
    await gate.arrived(2);
    gate.open();
    await Promise.all(futures);
  } finally {
    unsubscribe("ungil:worker:spawn", note);
  }
  assert.deepEqual(seen, [
    { executor: "resizers", worker: 0 },
    { executor: "resizers", worker: 1 },
  ]);
});

test("E3: a default name contains the class name and differs from pool to pool", async () => {
  await using one = new ThreadPoolExecutor();
  await using two = new ThreadPoolExecutor();
  assert.match(one.name, /ThreadPoolExecutor/);
  assert.notEqual(one.name, two.name);
});

test("E3: a thread carries its worker's name", {
  skip: "threadName" in worker ? false : "this Node does not tell a thread its name",
}, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, name: "resizers" });
  const name = await pool.submit(async () => {
    const threads = (await import("node:worker_threads")) as { threadName?: string };
    return threads.threadName;
  });
  assert.equal(name, "resizers_0");
});

test("E4: initializer and initargs run once in each worker, before its first task", async () => {
  const starts = sharedCells(1);
  await using pool = new ThreadPoolExecutor({
    maxWorkers: 2,
    initializer: (cells: Int32Array, word: string) => {
      Atomics.add(cells, 0, 1);
      (globalThis as { word?: string }).word = word;
    },
    initargs: [starts, "hello"],
  });
  const gate = new Gate();
  const futures = [pool.submit(block, gate.cells, 0), pool.submit(block, gate.cells, 1)];
  await gate.arrived(2);
  gate.open();
  await Promise.all(futures);
  const words = await pool.map(() => (globalThis as { word?: string }).word, Array(20).fill(0));
  assert.deepEqual(new Set(words), new Set(["hello"]));
  assert.equal(Atomics.load(starts, 0), 2);
});

test("E4: an asynchronous initializer is waited for", async () => {
  await using pool = new ThreadPoolExecutor({
    maxWorkers: 1,
    initializer: async () => {
      for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
      (globalThis as { ready?: boolean }).ready = true;
    },
  });
  assert.equal(await pool.submit(() => (globalThis as { ready?: boolean }).ready), true);
});

test("E4: a failing initializer breaks the pool: all that wait fail with the cause, and so do later submits", async () => {
  const pool = new ThreadPoolExecutor({
    maxWorkers: 2,
    initializer: () => {
      throw new RangeError("no license");
    },
  });
  const futures = Array.from({ length: 5 }, (_, i) => pool.submit(identity, i));
  const errors = [];
  for (const future of futures) {
    const error = await rejectionOf(future, BrokenThreadPoolError);
    assert.match(error.message, /initializer failed.*no license/);
    assert.ok(error.cause instanceof RangeError);
    errors.push(error);
  }
  assert.equal(new Set(errors).size, 5, "each future has an error of its own");
  assert.throws(() => pool.submit(identity, 1), BrokenThreadPoolError);
  assert.throws(() => pool.map(identity, [1]), BrokenThreadPoolError);
  assert.equal(pool.stats().state, "broken");
  assert.equal(pool.stats().failed, 5);
  await pool.shutdown();
  assert.equal(pool.stats().workers.idle + pool.stats().workers.busy + pool.stats().workers.starting, 0);
});

test("E4: a map that waits for a failing initializer fails with its error", async () => {
  await using pool = new ThreadPoolExecutor({
    maxWorkers: 1,
    initializer: () => {
      throw new RangeError("no license");
    },
  });
  const error = await rejectionOf(pool.map(identity, [1, 2, 3, 4]), BrokenThreadPoolError);
  assert.ok(error.cause instanceof RangeError);
  const { submitted, failed, cancelled } = pool.stats();
  assert.equal(failed + cancelled, submitted);
});

test("E4: failures of a broken pool count as unobserved only when the pool is shut down", async () => {
  const told: string[] = [];
  const pool = new ThreadPoolExecutor({
    maxWorkers: 1,
    onUnobserved: ({ name }) => told.push(name),
    initializer: () => {
      throw new RangeError("no");
    },
  });
  const first = pool.submit(identity, 1);
  const second = pool.submit(identity, 2);
  await rejectionOf(first, BrokenThreadPoolError);
  await until(() => pool.stats().workers.starting === 0, "the worker has ended");
  await rejectionOf(second, BrokenThreadPoolError);
  const lost = [pool.stats().failed, told.length];
  await pool.shutdown();
  assert.deepEqual([...lost, told.length], [2, 0, 0]);
});

test("E4: an error of the initializer that can't be sent still breaks the pool", async () => {
  await using pool = new ThreadPoolExecutor({
    maxWorkers: 1,
    initializer: () => {
      throw Object.assign(new Error("odd"), { self: () => {}, promise: Promise.resolve() });
    },
  });
  const error = await rejectionOf(pool.submit(identity, 1), BrokenThreadPoolError);
  assert.match(error.message, /odd/);
  await using second = new ThreadPoolExecutor({
    maxWorkers: 1,
    initializer: () => {
      // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- what a user may do
      throw Symbol("odd");
    },
  });
  await rejectionOf(second.submit(identity, 1), BrokenThreadPoolError);
});

test("E4: an initializer that never returns is given up after initializerTimeout", async () => {
  const clock = manualClock();
  const gate = new Gate();
  const pool = new ThreadPoolExecutor({
    maxWorkers: 1,
    initializerTimeout: 5_000,
    clock,
    initializer: (cells: Int32Array) => {
      Atomics.add(cells, 1, 1);
      while (Atomics.load(cells, 0) === 0) Atomics.wait(cells, 0, 0);
    },
    initargs: [gate.cells],
  });
  const future = pool.submit(identity, 1);
  await gate.arrived(1);
  await clock.advance(4_999);
  assert.equal(future.state, "pending");
  await clock.advance(1);
  const error = await rejectionOf(future, BrokenThreadPoolError);
  assert.ok(error.cause instanceof TimeoutError);
  assert.match(String(error.cause), /5000 ms/);
  await pool.shutdown();
});

test("E4: workers that keep dying before they have done anything break the pool instead of starting for ever", async () => {
  const starts = sharedCells(1);
  const pool = new ThreadPoolExecutor({
    minWorkers: 1,
    maxWorkers: 1,
    initializer: (cells: Int32Array) => {
      Atomics.add(cells, 0, 1);
      setTimeout(() => {
        throw new RangeError("time bomb");
      }, 1);
    },
    initargs: [starts],
  });
  await until(() => pool.stats().state === "broken", "the pool is broken");
  assert.equal(Atomics.load(starts, 0), 3);
  assert.throws(() => pool.submit(identity, 1), /time bomb/);
  await pool.shutdown();
});

test("E4: threads that can't even start break the pool with the reason", async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1, execArgv: ["--no-such-option"] });
  const error = await rejectionOf(pool.submit(identity, 1), BrokenThreadPoolError);
  assert.match(error.message, /no-such-option|execArgv/i);
  await pool.shutdown();
});

test("E4: initargs that can't be sent are refused by the constructor", () => {
  assert.throws(
    () => new ThreadPoolExecutor({ initializer: () => {}, initargs: [{ later: Promise.resolve() }] }),
    (error) => error instanceof SerializationError && /initargs\[0\]\.later/.test(error.message),
  );
});
