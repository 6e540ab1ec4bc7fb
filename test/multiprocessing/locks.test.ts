import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  AsyncExecutor,
  CancelledError,
  ConnectionClosedError,
  InvalidArgumentError,
  InvalidStateError,
  ProcessPoolExecutor,
  ThreadPoolExecutor,
  TimeoutError,
} from "ungil";
import { createTask, sleep, taskGroup } from "ungil/asyncio";
import { BoundedSemaphore, Event, Lock, type Process, RLock, Semaphore, Value } from "ungil/multiprocessing";
import { until } from "ungil/testing";
import { rejectionOf } from "../threading/support/rejection.js";
import { eventually } from "./support/eventually.js";
import { forever } from "./support/forever.js";
import { poolsOf } from "./support/pools.js";
import { started } from "./support/started.js";

const limit = { timeout: 120_000 };

const { processes, threads } = poolsOf({ processes: 3, threads: 2 });

const processOf = (test: TestContext, target: () => unknown): Process => started(test, target, []);
const waiting = (lock: Lock | RLock | Semaphore, count: number): Promise<void> =>
  eventually(async () => (await lock.stats()).waiting === count, `${count} wait`);

test(
  "K1: a lock that is held is not acquired by others, wherever they are, until it is released",
  limit,
  async () => {
    const lock = new Lock();
    assert.equal(await lock.locked(), false);
    const guard = await lock.acquire();
    const tryIt = async (): Promise<boolean> => {
      await using taken = await lock.tryAcquire();
      return taken !== undefined;
    };
    const everywhere = (): Promise<boolean[]> =>
      Promise.all([tryIt(), processes.submit(tryIt), threads.submit(tryIt)]);
    assert.deepEqual(await everywhere(), [false, false, false]);
    assert.equal(await processes.submit(() => lock.locked()), true);
    await guard.release();
    for (const taken of [await tryIt(), await processes.submit(tryIt), await threads.submit(tryIt)])
      assert.equal(taken, true);
    assert.equal(await lock.locked(), false);
  },
);

test("K1: a lock that nobody holds can't be released", limit, async () => {
  const lock = new Lock();
  const error = await rejectionOf(lock.release(), InvalidStateError);
  assert.match(error.message, /released too many times/);
  await rejectionOf(
    processes.submit(() => lock.release()),
    InvalidStateError,
  );
});

test("K1: a lock may be released by another process than the one that acquired it", limit, async () => {
  const lock = new Lock();
  const guard = await processes.submit(async () => {
    await lock.acquire();
    return lock.locked();
  });
  assert.equal(guard, true);
  await lock.release();
  assert.equal(await lock.locked(), false);
});

test(
  "K1: `using` and `await using` release a lock at the end of the block, also when it throws",
  limit,
  async () => {
    const lock = new Lock();
    const fail = async (): Promise<void> => {
      using guard = await lock.acquire();
      assert.equal(guard.abandoned, false);
      throw new RangeError("in the block");
    };
    await rejectionOf(processes.submit(fail), RangeError);
    await rejectionOf(fail(), RangeError);
    {
      await using _guard = await lock.acquire({ timeout: 10_000 });
      assert.equal(await lock.locked(), true);
    }
    assert.equal(await lock.locked(), false);
  },
);

test(
  "K1: a guard gives back what it stands for, once, and nothing that another holds since",
  limit,
  async () => {
    const lock = new Lock();
    const first = await lock.acquire();
    await lock.release();
    const second = await lock.acquire();
    await first.release();
    await first.release();
    assert.equal(await lock.locked(), true);
    await second.release();
    assert.equal(await lock.locked(), false);
  },
);

test(
  "K1: whoever has waited longest is next, over processes and threads, and nobody gets in before",
  limit,
  async () => {
    const lock = new Lock();
    const turn = new Value("int32", 0);
    const guard = await lock.acquire();
    const take = async (): Promise<number> => {
      using _guard = await lock.acquire();
      return turn.add(1);
    };
    const turns: Promise<number>[] = [];
    for (const [at, submit] of [
      () => processes.submit(take),
      () => threads.submit(take),
      () => take(),
      () => processes.submit(take),
      () => processes.submit(take),
    ].entries()) {
      turns.push(Promise.resolve(submit()));
      await waiting(lock, at + 1);
    }
    assert.equal(await lock.tryAcquire(), undefined);
    await guard.release();
    assert.deepEqual(await Promise.all(turns), [1, 2, 3, 4, 5]);
  },
);

test("K1: what is done with the lock is done by one at a time", limit, async () => {
  const lock = new Lock();
  const count = new Value("int32", 0, { lock: false });
  const work = async (): Promise<void> => {
    for (let n = 0; n < 25; n++) {
      await using _guard = await lock.acquire();
      await count.set((await count.get()) + 1);
    }
  };
  await Promise.all([
    ...[1, 2, 3].map(() => processes.submit(work)),
    ...[1, 2].map(() => threads.submit(work)),
    work(),
  ]);
  assert.equal(await count.get(), 150);
});

test(
  "K2: an RLock nests, and is free when it was given back as often as it was acquired",
  limit,
  async () => {
    const lock = new RLock();
    const first = await lock.acquire();
    const second = await lock.acquire();
    const third = await lock.tryAcquire();
    assert.ok(third);
    const tryIt = async (): Promise<boolean> => (await lock.tryAcquire()) !== undefined;
    await second.release();
    await second.release();
    await lock.release();
    assert.equal(await processes.submit(tryIt), false);
    await first.release();
    assert.equal(await lock.locked(), false);
    await rejectionOf(lock.release(), InvalidStateError);
  },
);

test("K2: only its holder can release an RLock", limit, async () => {
  const lock = new RLock();
  using _guard = await lock.acquire();
  for (const executor of [processes, threads]) {
    const error = await rejectionOf(
      executor.submit(() => lock.release()),
      InvalidStateError,
    );
    assert.match(error.message, /another holds it/);
  }
  assert.equal(await lock.locked(), true);
});

test(
  "K2: tasks of ungil/asyncio hold an RLock each for itself, and end their waits for one when cancelled",
  limit,
  async () => {
    const lock = new RLock();
    const inside: string[] = [];
    await taskGroup(async (group) => {
      for (const name of ["one", "other"]) {
        group.createTask(async () => {
          await using _outer = await lock.acquire();
          await using _inner = await lock.acquire();
          inside.push(name);
          await sleep(1);
          inside.push(name);
        });
      }
    });
    assert.deepEqual(inside, ["one", "one", "other", "other"]);
    await using _guard = await lock.acquire();
    const waiting = createTask(() => lock.acquire());
    await eventually(async () => (await lock.stats()).waiting === 1, "the task waits");
    waiting.cancel();
    await rejectionOf(waiting, CancelledError);
    assert.equal((await lock.stats()).waiting, 0);
  },
);

test(
  "K2: the holder of an RLock is the task in which it was acquired, so tasks on one event loop exclude each other",
  limit,
  async () => {
    const lock = new RLock();
    await using tasks = new AsyncExecutor({ maxWorkers: 3 });
    const twice = async (): Promise<boolean> => {
      await using _outer = await lock.acquire();
      await using _inner = await lock.acquire();
      return true;
    };
    const tryIt = async (): Promise<boolean> => (await lock.tryAcquire()) !== undefined;
    {
      await using _guard = await lock.acquire();
      assert.equal(await tasks.submit(tryIt), false);
      await rejectionOf(
        tasks.submit(() => lock.release()),
        InvalidStateError,
      );
      // all that runs outside of tasks is one holder
      assert.equal(await tryIt(), true);
      await lock.release();
    }
    assert.deepEqual(await Promise.all([1, 2, 3].map(() => tasks.submit(twice))), [true, true, true]);
    // tasks that share a worker, too
    await using shared = new ProcessPoolExecutor({ maxWorkers: 1, tasksPerWorker: 2 });
    const hold = async (event: Event): Promise<void> => {
      await using _guard = await lock.acquire();
      await event.wait();
    };
    const done = new Event();
    const holding = shared.submit(hold, done);
    await eventually(() => lock.locked(), "the lock is held");
    assert.equal(await shared.submit(tryIt), false);
    await done.set();
    await holding;
  },
);

test("K3: a semaphore may grow past its first value, and lets so many through", limit, async () => {
  const semaphore = new Semaphore(1);
  const tryIt = async (): Promise<boolean> => (await semaphore.tryAcquire()) !== undefined;
  await semaphore.release(2);
  assert.equal(await semaphore.value(), 3);
  using _one = await semaphore.acquire();
  using _two = await semaphore.acquire();
  assert.equal(await semaphore.locked(), false);
  using _three = await semaphore.acquire();
  assert.equal(await semaphore.locked(), true);
  assert.equal(await processes.submit(tryIt), false);
  const acquire = async (): Promise<number> => {
    using _guard = await semaphore.acquire();
    return semaphore.value();
  };
  const other = processes.submit(acquire);
  await waiting(semaphore, 1);
  await semaphore.release();
  assert.equal(await other, 0);
});

test(
  "K3: a start value below 0 is refused, and so is a BoundedSemaphore released too often",
  limit,
  async () => {
    for (const value of [-1, 0.5, Number.NaN, "2", Number.POSITIVE_INFINITY]) {
      assert.throws(() => new Semaphore(value as number), InvalidArgumentError);
      assert.throws(() => new BoundedSemaphore(value as number), InvalidArgumentError);
    }
    const semaphore = new BoundedSemaphore(2);
    const guard = await semaphore.acquire();
    const error = await rejectionOf(semaphore.release(2), InvalidStateError);
    assert.match(error.message, /released too many times/);
    await guard.release();
    await rejectionOf(
      processes.submit(() => semaphore.release()),
      InvalidStateError,
    );
    assert.equal(await semaphore.value(), 2);
    assert.throws(() => semaphore.release(0), InvalidArgumentError);
  },
);

test("K4: a time limit is kept, and less than no time is no time", limit, async () => {
  const lock = new Lock();
  const semaphore = new Semaphore(0);
  const guard = await lock.acquire({ timeout: -5 });
  const inTime = async (timeout: number): Promise<[boolean, number]> => {
    const start = performance.now();
    for (const each of [lock, semaphore]) {
      try {
        await each.acquire({ timeout });
      } catch (error) {
        if ((error as Error).name !== "TimeoutError") throw error;
      }
    }
    return [await lock.locked(), performance.now() - start];
  };
  for (const executor of [processes, threads, undefined]) {
    const [locked, none] = await (executor ? executor.submit(inTime, -1) : inTime(-1));
    assert.ok(locked && none < 10_000);
    const [, some] = await (executor ? executor.submit(inTime, 30) : inTime(30));
    assert.ok(some >= 2 * 29, `${some} ms`);
  }
  await guard.release();
  // nobody who gave up is granted anything
  assert.equal(await lock.locked(), false);
  await semaphore.release();
  assert.equal(await semaphore.value(), 1);
  await rejectionOf(new Semaphore(0).acquire({ timeout: 0 }), TimeoutError);
});

test("K4: a signal ends a wait, and leaves the turn to the next", limit, async () => {
  const lock = new Lock();
  const guard = await lock.acquire();
  const controller = new AbortController();
  const aborted = lock.acquire({ signal: controller.signal });
  const next = processes.submit(async () => {
    using taken = await lock.acquire();
    return taken.abandoned;
  });
  await waiting(lock, 2);
  controller.abort("enough");
  const error = await rejectionOf(aborted, CancelledError);
  assert.equal(error.cause, "enough");
  await guard.release();
  assert.equal(await next, false);
});

for (const options of [{ timeout: Number.NaN }, { timeout: "1" }, { signal: {} }, { time: 1 }]) {
  test(`K4: options that are none are refused by the call: ${JSON.stringify(options)}`, () => {
    for (const each of [new Lock(), new RLock(), new Semaphore()])
      assert.throws(() => each.acquire(options as never), InvalidArgumentError);
    assert.throws(() => new Event().wait(options as never), InvalidArgumentError);
  });
}

test("K1: what takes no arguments refuses one by the call", () => {
  for (const each of [Lock, RLock, Event])
    assert.throws(() => Reflect.construct(each, [{ timeout: 1 }]), InvalidArgumentError);
});

test("K5: an event tells whether it is set, and wakes all who wait, wherever they are", limit, async () => {
  const event = new Event();
  assert.equal(await processes.submit(() => event.isSet()), false);
  assert.equal(await event.wait({ timeout: 20 }), false);
  assert.equal(await processes.submit(() => event.wait({ timeout: 0 })), false);
  const waits = [
    processes.submit(() => event.wait()),
    processes.submit(() => event.wait({ timeout: 60_000 })),
    threads.submit(() => event.wait()),
    event.wait(),
  ];
  await eventually(async () => (await event.stats()).waiting === 4, "four wait");
  await processes.submit(() => event.set());
  assert.deepEqual(await Promise.all(waits), [true, true, true, true]);
  assert.equal(await event.wait({ timeout: 0 }), true);
  await event.clear();
  assert.equal(await threads.submit(() => event.isSet()), false);
});

test(
  "K5: an event that is set and cleared at once wakes those who waited, many times over",
  limit,
  async () => {
    const event = new Event();
    for (let n = 0; n < 50; n++) {
      const wait = n % 10 === 0 ? processes.submit(() => event.wait()) : event.wait();
      await eventually(async () => (await event.stats()).waiting === 1, "one waits");
      await Promise.all([event.set(), event.clear()]);
      assert.equal(await wait, true);
      assert.equal(await event.isSet(), false);
    }
  },
);

for (const [end, how] of [
  [(child: Process) => child.kill(), "is killed"],
  [(child: Process) => child.terminate(), "is terminated"],
] as const) {
  test(`K8: the lock of a process that ${how} goes to the next, who is told so, once`, limit, async (t) => {
    const lock = new Lock();
    const held = new Event();
    const child = processOf(t, async () => {
      await lock.acquire();
      await held.set();
      await forever();
    });
    assert.equal(await held.wait({ timeout: 60_000 }), true);
    const acquire = async (): Promise<boolean> => {
      using guard = await lock.acquire();
      return guard.abandoned;
    };
    const next = processes.submit(acquire);
    await waiting(lock, 1);
    end(child);
    assert.equal(await next, true);
    assert.equal(await acquire(), false);
  });
}

test(
  "K8: so does an RLock held twice by a process that exits, and a lock held by a thread that is terminated",
  limit,
  async (t) => {
    const lock = new RLock();
    const held = new Event();
    processOf(t, async () => {
      await lock.acquire();
      await lock.acquire();
      await held.set();
      process.exit(3);
    });
    assert.equal(await held.wait({ timeout: 60_000 }), true);
    {
      using guard = await lock.acquire();
      assert.equal(guard.abandoned, true);
    }
    const other = new Lock();
    const taken = new Event();
    const few = new ThreadPoolExecutor({ maxWorkers: 1 });
    const ended = few.submit(async () => {
      await other.acquire();
      await taken.set();
      await forever();
    });
    const failed = rejectionOf(ended, Error);
    assert.equal(await taken.wait({ timeout: 60_000 }), true);
    few.terminate();
    await failed;
    using guard = await other.acquire();
    assert.equal(guard.abandoned, true);
  },
);

test(
  "K8: places of a semaphore come back from a process that is killed, unless they count events",
  limit,
  async (t) => {
    const places = new Semaphore(2);
    const events = new Semaphore(2, { reclaim: false });
    const held = new Event();
    const child = processOf(t, async () => {
      for (const semaphore of [places, events]) {
        await semaphore.acquire();
        await semaphore.acquire();
      }
      await held.set();
      await forever();
    });
    assert.equal(await held.wait({ timeout: 60_000 }), true);
    const next = processes.submit(async () => (await places.acquire()).abandoned);
    await waiting(places, 1);
    child.kill();
    assert.equal(await next, true);
    await eventually(async () => (await places.value()) === 1, "the other place is back");
    assert.equal(await events.value(), 0);
  },
);

test("K8: one who is killed while it waits is passed over, and leaves nothing behind", limit, async (t) => {
  const lock = new Lock();
  const guard = await lock.acquire();
  const child = processOf(t, async () => {
    await lock.acquire();
  });
  await waiting(lock, 1);
  const next = processes.submit(async () => {
    using taken = await lock.acquire();
    return taken.abandoned;
  });
  await waiting(lock, 2);
  child.kill();
  await waiting(lock, 1);
  await guard.release();
  assert.equal(await next, false);
});

test(
  "K8: when the owner ends, all who wait get an error that says so, and so do later calls",
  limit,
  async (t) => {
    // made there, and sent here by the result of a task
    const owner = new ProcessPoolExecutor({ maxWorkers: 1 });
    t.after(() => owner.terminate());
    const [lock, event] = await owner.submit(async () => {
      const made = new Lock();
      await made.acquire();
      const own = new Event();
      (globalThis as { kept?: unknown }).kept = [made, own];
      return [made, own] as const;
    });
    const waits = [lock.acquire(), event.wait(), processes.submit(() => lock.acquire().then(() => true))];
    const failed = waits.map((each) => rejectionOf(each, ConnectionClosedError));
    await waiting(lock, 2);
    owner.killWorkers();
    for (const each of failed) assert.match((await each).message, /has ended or can't be reached/);
    await rejectionOf(lock.release(), ConnectionClosedError);
    await rejectionOf(event.set(), ConnectionClosedError);
  },
);

test("a lock that is held is not given up because nobody has its handle here any more", limit, async () => {
  const collect = async (): Promise<void> => {
    for (let n = 0; n < 5; n++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      (globalThis as { gc?: () => void }).gc?.();
    }
  };
  await using own = new ProcessPoolExecutor({ maxWorkers: 1, execArgv: ["--expose-gc"] });
  const other = new Lock();
  await own.submit(async () => {
    await other.acquire();
  });
  await own.submit(collect);
  assert.equal(await other.locked(), true);
  await other.release();
});

test("a lock of this process that nobody has any more is collected", limit, async () => {
  const reference = await (async () => {
    const lock = new Lock();
    using _guard = await lock.acquire();
    return new WeakRef(lock);
  })();
  const isGone = (): boolean => {
    globalThis.gc?.();
    return reference.deref() === undefined;
  };
  await until(isGone, "the lock is collected");
});
