import assert from "node:assert/strict";
import { test } from "node:test";
import { CancelledError, currentTask, ThreadPoolExecutor, WorkerExitError } from "ungil";
import { checkpoint, Gil } from "ungil/lab";
import { Gate, sharedCells, until } from "ungil/testing";

const limit = { timeout: 90_000 };

test(
  "the tasks of a pool with a Gil execute one at a time, also those that come in chunks",
  limit,
  async () => {
    const gil = new Gil({ switchInterval: 0.2 });
    await using pool = new ThreadPoolExecutor({ maxWorkers: 3, gil });
    const cells = sharedCells(2);
    const count = (n: number): number => {
      // not atomic: two at a time would lose some
      for (let i = 0; i < 50; i++) {
        cells[0] = cells[0]! + 1;
        checkpoint();
      }
      return n;
    };
    const singles = Array.from({ length: 300 }, (_, n) => pool.submit(count, n));
    const mapped = pool.map(
      count,
      Array.from({ length: 3_000 }, (_, n) => n),
    );
    await Promise.all([...singles, mapped]);
    assert.equal(cells[0], 50 * 3_300);
    const { threads } = gil.stats();
    assert.ok(threads.filter(({ takes }) => takes > 0).length > 1, "one thread did it all");
  },
);

test(
  "a task has it from its beginning to its end, and the pool gives it back when it has nothing to do",
  limit,
  async () => {
    const gil = new Gil();
    await using pool = new ThreadPoolExecutor({ maxWorkers: 2, gil });
    assert.equal(await pool.submit(() => gil.held), true);
    assert.equal(
      await pool.submit(async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return gil.held;
      }),
      true,
    );
    await until(() => !gil.stats().locked, "it is free");
  },
);

test("waits overlap where tasks let others execute meanwhile, and else they don't", limit, async () => {
  const gil = new Gil();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2, gil });
  const gate = new Gate();
  const { cells } = gate;
  const waitFor = async (many: number): Promise<void> => {
    while (Atomics.load(cells, 1) < many) await new Promise((resolve) => setImmediate(resolve));
  };
  // each waits until the other has come, too
  const together = [1, 2].map(() =>
    pool.submit(async () => {
      Atomics.add(cells, 1, 1);
      await gil.io(waitFor(2));
      return gil.held;
    }),
  );
  assert.deepEqual(await Promise.all(together), [true, true]);
  const blocking = [1, 2].map(() =>
    pool.submit(() => {
      Atomics.add(cells, 1, 1);
      gil.allowThreads(() => {
        while (Atomics.load(cells, 1) < 4);
      });
    }),
  );
  await Promise.all(blocking);
  const alone = [1, 2].map(() =>
    pool.submit(async () => {
      Atomics.add(cells, 1, 1);
      while (Atomics.load(cells, 0) === 0) await new Promise((resolve) => setImmediate(resolve));
    }),
  );
  await gate.arrived(5);
  await until(() => gil.stats().waiting === 1, "one waits");
  assert.equal(Atomics.load(cells, 1), 5);
  gate.open();
  await Promise.all(alone);
  assert.equal(Atomics.load(cells, 1), 6);
});

test("a task that waits for the Gil can be cancelled, and its worker goes on", limit, async () => {
  const gil = new Gil();
  const guard = gil.acquireSync();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, gil });
  const future = pool.submit(() => 1);
  await until(() => gil.stats().waiting === 1, "one waits");
  future.abort("enough");
  await assert.rejects(Promise.resolve(future), CancelledError);
  await until(() => gil.stats().waiting === 0, "nobody waits");
  guard.release();
  const { threads } = gil.stats();
  assert.equal(await pool.submit(() => 2), 2);
  assert.equal(gil.stats().threads.length, threads.length, "its worker was ended");
});

test("a worker that is ended while it has the Gil holds up nobody", limit, async () => {
  const gil = new Gil();
  const gate = new Gate();
  const { cells } = gate;
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2, gil, grace: 10 });
  const spinning = pool.submit(() => {
    Atomics.add(cells, 1, 1);
    for (;;);
  });
  await gate.arrived(1);
  const waiting = pool.submit(() => 5);
  spinning.abort();
  assert.equal(await waiting, 5);
  await assert.rejects(Promise.resolve(spinning), CancelledError);
  const exits = pool.submit(() => process.exit(4));
  await assert.rejects(Promise.resolve(exits), WorkerExitError);
  assert.equal(await pool.submit(() => 6), 6);
});

test("shutdown waits for those that wait for the Gil, and terminate does not", limit, async () => {
  const gil = new Gil();
  const guard = gil.acquireSync();
  const pool = new ThreadPoolExecutor({ maxWorkers: 2, gil });
  const waits = pool.submit(() => 1);
  await until(() => gil.stats().waiting === 1, "one waits");
  const end = pool.shutdown();
  guard.release();
  await end;
  assert.equal(await waits, 1);
  const again = gil.acquireSync();
  const other = new ThreadPoolExecutor({ maxWorkers: 2, gil });
  const never = other.submit(() => 1);
  await until(() => gil.stats().waiting === 1, "one waits");
  await other.terminate();
  assert.notEqual(await never.exception().catch((error: unknown) => error), null);
  again.release();
});

test(
  "the tasks of one thread share its hold: one that lets others execute does not take it from the other",
  limit,
  async () => {
    const gil = new Gil();
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1, tasksPerWorker: 2, gil });
    const gate = new Gate();
    const { cells } = gate;
    const aside = pool.submit(async () => {
      Atomics.add(cells, 1, 1);
      await gil.io(
        (async () => {
          while (Atomics.load(cells, 0) === 0) await new Promise((resolve) => setImmediate(resolve));
        })(),
      );
      return gil.held;
    });
    const inside = pool.submit(async () => {
      Atomics.add(cells, 1, 1);
      while (Atomics.load(cells, 1) < 2) await new Promise((resolve) => setImmediate(resolve));
      const { held } = gil;
      Atomics.store(cells, 0, 1);
      await new Promise((resolve) => setImmediate(resolve));
      return [held, gil.held];
    });
    assert.deepEqual(await inside, [true, true]);
    assert.equal(await aside, true);
    await until(() => !gil.stats().locked, "it is free");
  },
);

test("the initializer runs under the Gil, and a Gil is shared by pools", limit, async () => {
  const gil = new Gil();
  const guard = gil.acquireSync();
  const cells = sharedCells(1);
  await using one = new ThreadPoolExecutor({
    maxWorkers: 1,
    gil,
    initializer: () => void Atomics.store(cells, 0, gil.held ? 1 : 2),
  });
  await using two = new ThreadPoolExecutor({ maxWorkers: 1, gil });
  const both = Promise.all([one.submit(() => 1), two.submit(() => currentTask().attempt)]);
  await until(() => gil.stats().waiting === 2, "two wait");
  assert.equal(cells[0], 0);
  guard.release();
  assert.deepEqual(await both, [1, 1]);
  assert.equal(cells[0], 1);
});
