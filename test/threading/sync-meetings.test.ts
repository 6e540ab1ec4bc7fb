import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BrokenBarrierError,
  CancelledError,
  InvalidArgumentError,
  InvalidStateError,
  SerializationError,
  ThreadPoolExecutor,
  TimeoutError,
} from "ungil";
import { sharedCells, until } from "ungil/testing";
import { Barrier, Condition, Event, Latch, Lock, Once, RLock } from "ungil/threading";

const limit = { timeout: 60_000 };

test("K5 Event: wait answers the flag, and it can be set and cleared many times", limit, async () => {
  const event = new Event();
  assert.equal(event.waitSync({ timeout: 0 }), false);
  assert.equal(await event.wait({ timeout: 2 }), false);
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  for (let i = 0; i < 20; i++) {
    const waits = [pool.submit(() => event.waitSync()), pool.submit(() => event.wait()), event.wait()];
    event.set();
    assert.deepEqual(await Promise.all(waits), [true, true, true]);
    assert.deepEqual(event.stats(), { isSet: true });
    event.clear();
    assert.equal(event.isSet, false);
  }
  const waits = [event.wait(), event.wait()];
  event.set();
  event.clear();
  assert.deepEqual(await Promise.all(waits), [true, true]);
  await assert.rejects(event.wait({ signal: AbortSignal.abort() }), CancelledError);
});

test("K6 Condition: wait and notify need the lock", limit, async () => {
  const condition = new Condition();
  await assert.rejects(condition.wait(), InvalidStateError);
  assert.throws(() => condition.waitSync(), InvalidStateError);
  assert.throws(() => condition.notify(), InvalidStateError);
  assert.throws(() => condition.notifyAll(), InvalidStateError);
  assert.throws(() => new Condition({ lock: {} as Lock }), InvalidArgumentError);
  const lock = new Lock();
  assert.equal(new Condition({ lock }).lock, lock);
  assert.ok(condition.lock instanceof RLock);
});

test("K6 Condition: wait is false when the time is up, and has the lock again", limit, async () => {
  const condition = new Condition();
  const guard = condition.acquireSync();
  const again = condition.acquireSync();
  assert.equal(condition.waitSync({ timeout: 5 }), false);
  assert.equal(await condition.wait({ timeout: 5 }), false);
  await assert.rejects(condition.wait({ signal: AbortSignal.timeout(5) }), CancelledError);
  assert.equal(condition.lock.locked, true);
  again.release();
  guard.release();
  assert.equal(condition.lock.locked, false);
});

test("K6 Condition: waitFor answers what the predicate answered last", limit, async () => {
  const condition = new Condition();
  const cells = sharedCells(1);
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const waits = [
    pool.submit(() => {
      using _guard = condition.acquireSync();
      return condition.waitForSync(() => (cells[0] === 3 ? "three" : ""));
    }),
    pool.submit(async () => {
      using _guard = await condition.acquire();
      return await condition.waitFor(() => (cells[0] === 3 ? "three" : ""));
    }),
  ];
  for (let i = 0; i < 3; i++) {
    using _guard = await condition.acquire();
    cells[0]!++;
    condition.notifyAll();
  }
  assert.deepEqual(await Promise.all(waits), ["three", "three"]);
  using _guard = await condition.acquire();
  assert.equal(await condition.waitFor(() => false, { timeout: 5 }), false);
  assert.equal(
    condition.waitForSync(() => 0, { timeout: 0 }),
    0,
  );
});

test("K6 Condition: notify(n) wakes exactly n, threads and event loops mixed", limit, async () => {
  const condition = new Condition();
  const cells = sharedCells(1);
  await using pool = new ThreadPoolExecutor({ maxWorkers: 3 });
  const wait = async (): Promise<void> => {
    using _guard = await condition.acquire();
    await condition.wait();
    Atomics.add(cells, 0, 1);
  };
  const waits: PromiseLike<void>[] = [wait(), wait()];
  for (let i = 0; i < 3; i++) {
    waits.push(
      pool.submit(() => {
        using _guard = condition.acquireSync();
        condition.waitSync();
        Atomics.add(cells, 0, 1);
      }),
    );
  }
  await until(() => condition.stats().waiting === 5, "five wait");
  let woken = 0;
  for (const n of [1, 2, 0, 2]) {
    {
      using _guard = await condition.acquire();
      condition.notify(n);
    }
    woken += n;
    await until(() => Atomics.load(cells, 0) >= woken, `${woken} were woken`);
    assert.equal(condition.stats().waiting, 5 - woken);
    assert.equal(Atomics.load(cells, 0), woken);
  }
  await Promise.all(waits);
});

test("Condition: it says so when more wait than there is room for", limit, async () => {
  const condition = new Condition({ maxWaiters: 1, lock: new Lock() });
  const wait = async (): Promise<boolean> => {
    using _guard = await condition.acquire();
    return await condition.wait({ timeout: 5_000 });
  };
  const first = wait();
  await until(() => condition.stats().waiting === 1, "one waits");
  await assert.rejects(wait(), InvalidStateError);
  using _guard = await condition.acquire();
  condition.notify();
  _guard.release();
  assert.equal(await first, true);
});

test("K6 Condition: an async predicate, whose promise would always hold, is told", limit, async () => {
  const condition = new Condition();
  using _guard = await condition.acquire();
  await assert.rejects(
    condition.waitFor(async () => false, { timeout: 10 }),
    (error: Error) => error instanceof InvalidArgumentError && /predicate/.test(error.message),
  );
  assert.throws(() => condition.waitForSync(async () => false, { timeout: 10 }), InvalidArgumentError);
});

test("K7 Barrier: each gets another place, again and again", limit, async () => {
  const parties = 3;
  const barrier = new Barrier(parties);
  const rounds = 1_000;
  const sums = sharedCells(rounds);
  await using pool = new ThreadPoolExecutor({ maxWorkers: parties - 1 });
  const go = (): void => {
    for (let i = 0; i < rounds; i++) Atomics.add(sums, i, 1 << (8 * barrier.waitSync()));
  };
  const others = [pool.submit(go), pool.submit(go)];
  for (let i = 0; i < rounds; i++) Atomics.add(sums, i, 1 << (8 * (await barrier.wait())));
  await Promise.all(others);
  assert.ok(sums.every((sum) => sum === 0x01_01_01));
  assert.deepEqual(barrier.stats(), { parties, waiting: 0, broken: false });
});

test("K7 Barrier: one party passes at once", limit, async () => {
  const barrier = new Barrier(1);
  assert.equal(barrier.waitSync(), 0);
  assert.equal(await barrier.wait(), 0);
  assert.throws(() => new Barrier(0), InvalidArgumentError);
});

test(
  "K7 Barrier: the action is run once, before anybody passes; one that throws breaks it",
  limit,
  async () => {
    const cells = sharedCells(2);
    const barrier = new Barrier(2);
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const go = (): number => {
      barrier.waitSync({ action: () => Atomics.add(cells, 0, 1) });
      return Atomics.load(cells, 0);
    };
    const other = pool.submit(go);
    await barrier.wait({ action: async () => Atomics.add(cells, 0, 1) });
    assert.equal(Atomics.load(cells, 0), 1);
    assert.equal(await other, 1);
    const failing = new Barrier(2, {
      action: () => {
        throw new RangeError("in the action");
      },
    });
    const results = await Promise.allSettled([failing.wait(), failing.wait()]);
    assert.deepEqual(
      results.map((each) => (each as PromiseRejectedResult).reason.constructor),
      [BrokenBarrierError, RangeError],
    );
    assert.equal(failing.broken, true);
    await assert.rejects(
      pool.submit((given) => given.parties, failing),
      SerializationError,
    );
  },
);

test("K7 Barrier: who is to run the action and does not want to any more keeps no place", limit, async () => {
  const barrier = new Barrier(1, { maxWaiters: 2 });
  for (let i = 0; i < 3; i++) {
    let done = (): void => {};
    const acting = new Promise<void>((resolve) => (done = resolve));
    const first = barrier.wait({ action: () => acting });
    const controller = new AbortController();
    const second = barrier.wait({ action: () => assert.fail("run"), signal: controller.signal });
    done();
    await first;
    // it is the second's turn, and its event loop has not told it yet
    controller.abort();
    await assert.rejects(second, CancelledError);
    assert.equal(barrier.broken, true);
    barrier.reset();
  }
  assert.equal(await barrier.wait({ timeout: 0 }), 0);
});

test("K7 Barrier: abort, reset, and a time that is up break it for all", limit, async () => {
  const barrier = new Barrier(3);
  const both = (): Promise<unknown[]> =>
    Promise.all([barrier.wait(), barrier.wait()].map((each) => each.catch((error: unknown) => error)));
  const aborted = both();
  await until(() => barrier.nWaiting === 2, "two wait");
  barrier.abort();
  for (const error of await aborted) assert.ok(error instanceof BrokenBarrierError);
  assert.equal(barrier.broken, true);
  assert.throws(() => barrier.waitSync(), BrokenBarrierError);
  barrier.reset();
  assert.equal(barrier.broken, false);
  const reset = both();
  barrier.reset();
  for (const error of await reset) assert.ok(error instanceof BrokenBarrierError);
  assert.equal(barrier.broken, false);
  const waits = [barrier.wait(), barrier.wait({ timeout: 5 })];
  for (const each of await Promise.allSettled(waits))
    assert.ok((each as PromiseRejectedResult).reason instanceof BrokenBarrierError);
  barrier.reset();
  assert.deepEqual(
    (await Promise.all([barrier.wait(), barrier.wait(), barrier.wait()])).toSorted((a, b) => a - b),
    [0, 1, 2],
  );
  const impatient = new Barrier(2, { timeout: 5 });
  await assert.rejects(impatient.wait(), BrokenBarrierError);
});

test("Latch: who waits goes on when it was counted down, and it can't go below", limit, async () => {
  const latch = new Latch(3);
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  assert.equal(latch.waitSync({ timeout: 0 }), false);
  const waits = [latch.wait(), pool.submit(() => latch.waitSync())];
  assert.throws(() => latch.countDown(4), InvalidStateError);
  await pool.submit(() => latch.countDown(2));
  assert.deepEqual(latch.stats(), { count: 1 });
  assert.equal(latch.countDown(), 0);
  assert.deepEqual(await Promise.all(waits), [true, true]);
  assert.equal(await latch.wait({ timeout: 0 }), true);
});

test(
  "Once: one of all threads does it, the others wait; who fails leaves it to the next",
  limit,
  async () => {
    const once = new Once();
    const cells = sharedCells(1);
    await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
    const run = (): boolean => {
      const mine = once.runSync(() => Atomics.add(cells, 0, 1));
      if (Atomics.load(cells, 0) !== 1) throw new Error("went on before it was done");
      return mine;
    };
    await assert.rejects(
      once.run(() => {
        throw new RangeError("failed");
      }),
      RangeError,
    );
    assert.equal(once.done, false);
    const mine = await Promise.all([
      pool.submit(run),
      pool.submit(run),
      once.run(() => Atomics.add(cells, 0, 1)),
    ]);
    assert.equal(mine.filter(Boolean).length, 1);
    assert.deepEqual(once.stats(), { done: true, running: false, waiting: 0 });
    const other = new Once();
    await other.run(() => assert.throws(() => other.runSync(() => {}), InvalidStateError));
    const slow = new Once();
    const running = slow.run(() => new Promise((resolve) => setTimeout(resolve, 50)));
    await assert.rejects(
      slow.run(() => {}, { timeout: 5 }),
      TimeoutError,
    );
    assert.equal(await running, true);
  },
);
