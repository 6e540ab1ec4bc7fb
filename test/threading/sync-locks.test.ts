import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CancelledError,
  InvalidArgumentError,
  InvalidStateError,
  ThreadPoolExecutor,
  TimeoutError,
} from "ungil";
import { Gate, sharedCells, until } from "ungil/testing";
import { BoundedSemaphore, Event, Lock, RLock, RWLock, Semaphore } from "ungil/threading";

const limit = { timeout: 60_000 };

/** What all that can be acquired have in common: one holder at a time. */
const makers = [
  ["Lock", () => new Lock()],
  ["RLock", () => new RLock()],
  ["Semaphore", () => new Semaphore(1)],
  ["BoundedSemaphore", () => new BoundedSemaphore(1)],
  ["RWLock for writing", () => new RWLock().write],
] as const;

for (const [name, make] of makers) {
  test(`K1 ${name}: who has it keeps others out until it is released`, limit, async () => {
    const lock = make();
    const guard = await lock.acquire();
    assert.equal(guard.released, false);
    assert.equal(guard.abandoned, false);
    const order: string[] = [];
    const next = lock.acquire().then((second) => {
      order.push("second");
      second.release();
    });
    await new Promise(setImmediate);
    order.push("first");
    guard.release();
    await next;
    assert.deepEqual(order, ["first", "second"]);
    assert.equal(guard.released, true);
  });

  test(`K1 ${name}: a guard that was released is not released again, and using it is fine`, limit, () => {
    const lock = make();
    const guard = lock.acquireSync();
    guard.release();
    assert.throws(() => guard.release(), InvalidStateError);
    guard[Symbol.dispose]();
    {
      using _first = lock.acquireSync();
    }
    using _second = lock.acquireSync({ timeout: 0 });
  });

  test(`K1 ${name}: it is released when the block throws`, limit, async () => {
    const lock = make();
    await assert.rejects(async () => {
      using _guard = await lock.acquire();
      throw new RangeError("in the block");
    }, RangeError);
    lock.acquireSync({ timeout: 0 }).release();
  });

  test(`K4 ${name}: times are kept, and a negative one is none`, limit, async () => {
    const lock = make();
    using _guard = await lock.acquire();
    for (const timeout of [0, -1, Number.NEGATIVE_INFINITY]) {
      await assert.rejects(lock.acquire({ timeout }), TimeoutError);
    }
    const start = performance.now();
    await assert.rejects(lock.acquire({ timeout: 30 }), TimeoutError);
    assert.ok(performance.now() - start >= 25);
    await assert.rejects(lock.acquire({ timeout: Number.NaN }), InvalidArgumentError);
    await assert.rejects(lock.acquire({ timeOut: 1 } as never), InvalidArgumentError);
    assert.throws(
      () => lock.acquireSync({ signal: AbortSignal.abort() } as never),
      /form that does not block/,
    );
  });

  test(`K4 ${name}: a signal ends the wait, and the place in the queue is given up`, limit, async () => {
    const lock = make();
    const guard = await lock.acquire();
    await assert.rejects(lock.acquire({ signal: AbortSignal.abort("early") }), CancelledError);
    const controller = new AbortController();
    const given = lock.acquire({ signal: controller.signal });
    const patient = lock.acquire();
    controller.abort("late");
    await assert.rejects(given, (error: Error) => error instanceof CancelledError && error.cause === "late");
    guard.release();
    (await patient).release();
    lock.acquireSync({ timeout: 0 }).release();
  });

  test(`${name}: a signal that aborts when the turn has come gives it on`, limit, async () => {
    for (let i = 0; i < 50; i++) {
      const lock = make();
      const guard = await lock.acquire();
      const controller = new AbortController();
      const cancelled = lock.acquire({ signal: controller.signal });
      const next = lock.acquire({ timeout: 20_000 });
      guard.release();
      controller.abort();
      await cancelled.then(
        (late) => late.release(),
        () => {},
      );
      (await next).release();
      lock.acquireSync({ timeout: 0 }).release();
    }
  });

  test(`${name}: first come, first served, on one event loop`, limit, async () => {
    const lock = make();
    const guard = await lock.acquire();
    const order: number[] = [];
    const waits = Array.from({ length: 300 }, async (_, i) => {
      using _turn = await lock.acquire();
      order.push(i);
    });
    guard.release();
    await Promise.all(waits);
    // as many as the queue has room for come in order; the others after them, none is lost
    assert.deepEqual(
      order.slice(0, 120),
      Array.from({ length: 120 }, (_, i) => i),
    );
    assert.deepEqual(
      order.toSorted((a, b) => a - b),
      Array.from({ length: 300 }, (_, i) => i),
    );
  });
}

test(
  "K1 Lock: releasing one that nobody has is an error, and another thread may release it",
  limit,
  async () => {
    const lock = new Lock();
    assert.throws(() => lock.release(), InvalidStateError);
    const guard = lock.acquireSync();
    assert.equal(lock.locked, true);
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    await pool.submit(() => lock.release());
    assert.equal(lock.locked, false);
    assert.throws(() => guard.release(), InvalidStateError);
    const again = lock.acquireSync();
    lock.release();
    assert.throws(() => again.release(), InvalidStateError);
    assert.equal(lock.tryAcquire() !== undefined, true);
  },
);

test("Lock: a thread that would wait for itself for ever is told", limit, async () => {
  const lock = new Lock();
  using _guard = await lock.acquire();
  assert.equal(lock.tryAcquire(), undefined);
  assert.throws(() => lock.acquireSync(), InvalidStateError);
  assert.throws(() => lock.acquireSync({ timeout: 5 }), TimeoutError);
});

test("Lock: a thread that blocks goes before its own event loop, which could not go on", limit, async () => {
  const lock = new Lock();
  const gate = new Gate();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const { cells } = gate;
  const holder = pool.submit(() => {
    using _guard = lock.acquireSync();
    Atomics.add(cells, 1, 1);
    Atomics.wait(cells, 0, 0);
  });
  await gate.arrived(1);
  const order: string[] = [];
  const async = lock.acquire().then((guard) => {
    order.push("async");
    guard.release();
  });
  await until(() => lock.stats().waiting === 1, "the event loop waits");
  gate.open();
  Atomics.notify(cells, 0);
  {
    using _guard = lock.acquireSync();
    order.push("sync");
  }
  await async;
  await holder;
  assert.deepEqual(order, ["sync", "async"]);
});

test(
  "K2 RLock: who has it can acquire it again, and it is free when it was released as often",
  limit,
  async () => {
    const lock = new RLock();
    const other = new ThreadPoolExecutor({ maxWorkers: 1 });
    const isFree = (): PromiseLike<boolean> =>
      other.submit(() => {
        using guard = lock.tryAcquire();
        return guard !== undefined;
      });
    const first = lock.acquireSync();
    const second = lock.acquireSync();
    const third = lock.tryAcquire()!;
    assert.equal(await isFree(), false);
    third.release();
    second.release();
    assert.equal(await isFree(), false);
    first.release();
    assert.equal(await isFree(), true);
    await other.shutdown();
  },
);

test("K2 RLock: who does not own it can't release it", limit, async () => {
  const lock = new RLock();
  assert.throws(() => lock.release(), InvalidStateError);
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  lock.acquireSync();
  lock.acquireSync();
  await assert.rejects(
    pool.submit(() => lock.release()),
    (error: Error) => error instanceof InvalidStateError && /another thread owns it/.test(error.message),
  );
  lock.release();
  assert.equal(lock.locked, true);
  lock.release();
  assert.equal(lock.locked, false);
});

test(
  "K2 RLock: what runs on one event loop excludes each other, and what run calls does not",
  limit,
  async () => {
    const lock = new RLock();
    let inside = 0;
    const flow = (): Promise<number> =>
      lock.run(async () => {
        inside++;
        assert.equal(inside, 1);
        using _again = await lock.acquire();
        using _sync = lock.acquireSync();
        await lock.run(() => new Promise(setImmediate));
        inside--;
        return 7;
      });
    assert.deepEqual(await Promise.all([flow(), flow(), flow()]), [7, 7, 7]);
    const guard = await lock.acquire();
    await assert.rejects(lock.acquire({ timeout: 5 }), TimeoutError);
    assert.throws(() => lock.acquireSync(), InvalidStateError);
    guard.release();
    await assert.rejects(
      lock.run(() => {
        throw new RangeError("inside");
      }),
      RangeError,
    );
    assert.equal(lock.locked, false);
  },
);

test(
  "K3 Semaphore: it may grow past its start value, and others than who takes may give",
  limit,
  async () => {
    const semaphore = new Semaphore(2);
    assert.throws(() => new Semaphore(-1), InvalidArgumentError);
    assert.throws(() => semaphore.release(0), InvalidArgumentError);
    semaphore.release(3);
    assert.equal(semaphore.value, 5);
    for (let i = 0; i < 5; i++) assert.ok(semaphore.tryAcquire());
    assert.equal(semaphore.tryAcquire(), undefined);
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const waits = [semaphore.acquire(), semaphore.acquire()];
    await pool.submit(() => semaphore.release(2));
    await Promise.all(waits);
    assert.deepEqual(semaphore.stats(), { permits: 0, waiting: 0, contended: 2 });
  },
);

test("K3 BoundedSemaphore: more can't be released than were acquired", limit, async () => {
  const semaphore = new BoundedSemaphore(2);
  assert.throws(() => semaphore.release(), InvalidStateError);
  const guard = semaphore.acquireSync();
  semaphore.acquireSync();
  assert.equal(semaphore.value, 0);
  assert.equal(semaphore.tryAcquire(), undefined);
  semaphore.release();
  semaphore.release();
  assert.throws(() => semaphore.release(), InvalidStateError);
  assert.throws(() => guard.release(), InvalidStateError);
  assert.equal(semaphore.value, 2);
});

test("RWLock: readers share it, a writer has it alone, and neither overtakes the other", limit, async () => {
  const lock = new RWLock();
  const first = await lock.read.acquire();
  const second = lock.read.acquireSync();
  assert.equal(lock.stats().readers, 2);
  assert.equal(lock.write.tryAcquire(), undefined);
  const order: string[] = [];
  const writer = lock.write.acquire().then((guard) => {
    order.push("writer");
    assert.equal(lock.stats().writing, true);
    guard.release();
  });
  const reader = lock.read.acquire().then((guard) => {
    order.push("reader");
    guard.release();
  });
  assert.equal(lock.read.tryAcquire(), undefined, "a reader overtook the writer");
  first.release();
  second.release();
  await Promise.all([writer, reader]);
  assert.deepEqual(order, ["writer", "reader"]);
  using _writing = lock.write.acquireSync();
  assert.throws(() => lock.read.acquireSync(), InvalidStateError);
  assert.throws(() => lock.write.acquireSync({ timeout: 2 }), TimeoutError);
});

test("a primitive is the same one in other threads, and comes back as itself", limit, async () => {
  const lock = new Lock();
  const event = new Event();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const back = await pool.submit(
    (given: Lock, nested: { lock: Lock }) => {
      if (given !== nested.lock || given !== lock) throw new Error("not the same object");
      event.set();
      return given;
    },
    lock,
    { lock },
  );
  assert.equal(back, lock);
  assert.equal(event.isSet, true);
});

test("more than the queue has room for wait, and none is lost", limit, async () => {
  const lock = new Lock({ maxWaiters: 2 });
  const guard = await lock.acquire();
  let count = 0;
  const waits = Array.from({ length: 40 }, async () => {
    using _turn = await lock.acquire();
    count++;
  });
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  const cells = sharedCells(1);
  const blocked = [0, 1].map(() =>
    pool.submit(() => {
      for (let i = 0; i < 200; i++) {
        using _turn = lock.acquireSync();
        cells[0]!++;
      }
    }),
  );
  guard.release();
  await Promise.all([...waits, ...blocked]);
  assert.equal(count, 40);
  assert.equal(cells[0], 400);
  assert.deepEqual(lock.stats().waiting, 0);
});

test("a primitive can't go to another process, and the error names what can", limit, async () => {
  const { ProcessPoolExecutor } = await import("ungil/multiprocessing");
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
  await assert.rejects(
    pool.submit((lock) => lock, new Lock()),
    (error: Error) => error.name === "SerializationError" && /ungil\/multiprocessing/.test(error.message),
  );
});
