import assert from "node:assert/strict";
import { test } from "node:test";
import { threadId, Worker } from "node:worker_threads";
import {
  CancelledError,
  InvalidArgumentError,
  InvalidStateError,
  ThreadPoolExecutor,
  TimeoutError,
} from "ungil";
import { checkpoint, Gil } from "ungil/lab";
import { Gate, sharedCells, until } from "ungil/testing";
import { attach, Lock, Thread } from "ungil/threading";

const limit = { timeout: 90_000 };
const soon = { timeout: 20_000 };

/** A pool whose tasks have no Gil but the one that they take themselves. */
const poolOf = (maxWorkers: number): ThreadPoolExecutor => new ThreadPoolExecutor({ maxWorkers, grace: 10 });

test("options that can't be are InvalidArgumentErrors that name them", () => {
  for (const switchInterval of [0, -1, Number.NaN, 3e6, "5"] as number[])
    assert.throws(
      () => new Gil({ switchInterval }),
      (error: Error) => error instanceof InvalidArgumentError && error.argument === "switchInterval",
    );
  assert.throws(() => new Gil({ events: 1.5 }), { argument: "events" });
  assert.throws(() => new Gil({ interval: 5 } as object), { argument: "interval" });
  assert.throws(() => (new Gil().switchInterval = 0), { argument: "switchInterval" });
  assert.throws(() => new ThreadPoolExecutor({ gil: {} as Gil }), { argument: "gil" });
  assert.throws(() => new Gil().allowThreads(3 as never), { argument: "fn" });
  assert.throws(() => new Gil().run(3 as never), { argument: "fn" });
});

test("the switch interval is 5 ms as in Python, and what is set holds for all threads", limit, async () => {
  const gil = new Gil();
  assert.equal(gil.switchInterval, 5);
  await using pool = poolOf(1);
  await pool.submit(() => {
    gil.switchInterval = 0.25;
  });
  assert.equal(gil.switchInterval, 0.25);
});

test("a Gil is the same in another thread, also by its handle", limit, async () => {
  const gil = new Gil();
  using guard = gil.acquireSync();
  await using pool = poolOf(1);
  assert.deepEqual(await pool.submit(() => [gil.held, gil.stats().holder]), [false, threadId]);
  const text = `import { workerData, parentPort } from "node:worker_threads";
    import { attach } from ${JSON.stringify(import.meta.resolve("ungil/threading"))};
    import ${JSON.stringify(import.meta.resolve("ungil/lab"))};
    parentPort.postMessage(attach(workerData).stats().holder);`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(text)}`), {
    workerData: gil.handle,
  });
  const told = await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  assert.equal(told, threadId);
  assert.equal(attach(gil.handle), gil);
  assert.equal(guard.released, false);
});

test("who does not have it can't release it, and a guard is released once", () => {
  const gil = new Gil();
  assert.throws(() => gil.release(), InvalidStateError);
  const guard = gil.acquireSync();
  assert.equal(gil.held, true);
  guard.release();
  assert.equal(gil.held, false);
  assert.throws(() => guard.release(), InvalidStateError);
  const other = gil.acquireSync();
  gil.release();
  assert.throws(() => other.release(), InvalidStateError);
});

test("a thread that has it can take it again, and has it until all is released", limit, async () => {
  const gil = new Gil();
  const first = gil.acquireSync();
  const second = await gil.acquire();
  assert.equal(
    gil.run(() => gil.stats().takes),
    1,
  );
  first.release();
  assert.equal(gil.stats().locked, true);
  second.release();
  assert.equal(gil.stats().locked, false);
});

test("waits end with their time, or with their signal", limit, async () => {
  const gil = new Gil();
  const gate = new Gate();
  const { cells } = gate;
  await using pool = poolOf(1);
  const holder = pool.submit(() =>
    gil.run(() => {
      Atomics.add(cells, 1, 1);
      while (Atomics.load(cells, 0) === 0) Atomics.wait(cells, 0, 0);
    }),
  );
  await gate.arrived(1);
  assert.throws(() => gil.acquireSync({ timeout: 0 }), TimeoutError);
  assert.throws(() => gil.acquireSync({ timeout: 20 }), TimeoutError);
  await assert.rejects(gil.acquire({ timeout: 20 }), TimeoutError);
  await assert.rejects(gil.acquire({ signal: AbortSignal.abort("no") }), CancelledError);
  const controller = new AbortController();
  const waiting = gil.acquire({ signal: controller.signal });
  await until(() => gil.stats().waiting === 1, "one waits");
  controller.abort("enough");
  await assert.rejects(waiting, (error: CancelledError) => error.cause === "enough");
  assert.equal(gil.stats().waiting, 0);
  gate.open();
  await holder;
  using _ = await gil.acquire(soon);
});

test("what threads do while they have it is not mixed: an unguarded counter stays exact", limit, async () => {
  const gil = new Gil({ switchInterval: 0.1 });
  const counter = sharedCells(2);
  await using pool = poolOf(3);
  const count = (least: number): number => {
    Atomics.add(counter, 1, 1);
    while (Atomics.load(counter, 1) < 3);
    let n = 0;
    gil.run(() => {
      // on a machine that is busy with other things, the others may come late
      while (n < least || gil.stats().switches <= 3) {
        counter[0] = counter[0]! + 1;
        checkpoint();
        n++;
      }
    });
    return n;
  };
  const counts = await Promise.all([200_000, 200_000, 200_000].map((least) => pool.submit(count, least)));
  assert.equal(
    counter[0],
    counts.reduce((sum, each) => sum + each),
  );
});

test("two threads that compute take turns, about one each interval", limit, async () => {
  const switchInterval = 10;
  const gil = new Gil({ switchInterval });
  await using pool = poolOf(2);
  const cells = sharedCells(1);
  const compute = (): number =>
    gil.run(() => {
      // both are there before one begins
      Atomics.add(cells, 0, 1);
      while (Atomics.load(cells, 0) < 2) gil.allowThreads(() => Atomics.wait(cells, 0, 1, 1));
      const end = performance.now() + 600;
      let turns = 0;
      while (performance.now() < end) if (gil.checkpoint()) turns++;
      return turns;
    });
  const turns = await Promise.all([pool.submit(compute), pool.submit(compute)]);
  // a machine that is busy makes intervals longer, and nothing makes them shorter
  for (const each of turns) {
    assert.ok(each <= 600 / switchInterval + 2, `${each} turns`);
    assert.ok(each >= 2, `${each} turns`);
  }
  const { threads, dropRequests } = gil.stats();
  assert.ok(dropRequests >= Math.max(...turns));
  const held = threads.map((each) => each.held);
  assert.ok(Math.min(...held) > Math.max(...held) / 20, `one had it for long: ${held.join()} ms`);
});

test("a thread that never looks up starves the others until it ends", limit, async () => {
  const gil = new Gil({ switchInterval: 1 });
  const gate = new Gate();
  const { cells } = gate;
  await using pool = poolOf(2);
  const stubborn = pool.submit(() =>
    gil.run(() => {
      Atomics.add(cells, 1, 1);
      while (Atomics.load(cells, 0) === 0);
    }),
  );
  await gate.arrived(1);
  const other = pool.submit(() => gil.run(() => gil.stats().switches));
  // it asks again and again
  await until(() => gil.stats().dropRequests >= 5, "it is asked for");
  assert.equal(gil.stats().switches, 1);
  assert.equal(other.done(), false);
  gate.open();
  await stubborn;
  assert.equal(await other, 2);
});

test("who drops it on request does not take it again before another had it", limit, async () => {
  const gil = new Gil({ switchInterval: 1, events: 4_000 });
  await using pool = poolOf(2);
  const cells = sharedCells(1);
  const work = (): void =>
    gil.run(() => {
      while (Atomics.load(cells, 0) === 0) gil.checkpoint();
    });
  const both = [pool.submit(work), pool.submit(work)];
  await until(() => gil.stats().forcedSwitches >= 10, "it is asked for");
  Atomics.store(cells, 0, 1);
  await Promise.all(both);
  const takes = gil.timeline().events.filter(({ kind }) => kind === "take");
  assert.ok(takes.length > 10);
  for (const [i, { threadId: thread }] of takes.entries())
    if (i > 0) assert.notEqual(thread, takes[i - 1]!.threadId, "the same thread twice");
});

test(
  "the timeline tells who had it when: nobody while another has it, and the last events only",
  limit,
  async () => {
    const gil = new Gil({ switchInterval: 0.5, events: 200 });
    const cells = sharedCells(1);
    await using pool = poolOf(2);
    const work = (): void =>
      gil.run(() => {
        while (Atomics.load(cells, 0) === 0) checkpoint();
      });
    const both = [pool.submit(work), pool.submit(work)];
    await until(() => {
      const { events, lost } = gil.timeline();
      return events.length + lost > 300;
    }, "more events than are kept");
    Atomics.store(cells, 0, 1);
    await Promise.all(both);
    for (let n = 0; n < 20; n++) gil.run(() => {});
    const { events, lost } = gil.timeline();
    assert.equal(events.length, 200);
    assert.ok(lost > 0);
    let holder: number | undefined;
    let before = 0;
    for (const { kind, threadId: thread, time } of events) {
      assert.ok(time > 0);
      if (kind === "take") {
        assert.equal(holder, undefined, "two have it");
        holder = thread;
      } else if (kind === "drop") {
        assert.ok(holder === undefined || holder === thread, "dropped by another");
        holder = undefined;
      } else continue;
      assert.ok(time >= before);
      before = time;
    }
    assert.deepEqual(new Gil().timeline(), { events: [], lost: 0 });
  },
);

test(
  "allowThreads lets others have it while a function runs, and takes it again, whatever the function does",
  limit,
  async () => {
    const gil = new Gil();
    await using pool = poolOf(1);
    const seen = gil.run(() => {
      const inner = gil.allowThreads(() => {
        const other = gil.stats().locked;
        assert.equal(gil.checkpoint(), false);
        return other;
      });
      return [inner, gil.held];
    });
    assert.deepEqual(seen, [false, true]);
    gil.run(() => {
      assert.throws(
        () =>
          gil.allowThreads(() => {
            throw new RangeError("inside");
          }),
        RangeError,
      );
      assert.equal(gil.held, true);
    });
    await gil.run(async () => {
      const other = await gil.io(pool.submit(() => gil.run(() => 7)));
      assert.equal(other, 7);
      assert.equal(gil.held, true);
      await assert.rejects(gil.io(Promise.reject(new RangeError("later"))), RangeError);
      assert.equal(gil.held, true);
    });
    assert.equal(gil.held, false);
    assert.equal(
      gil.allowThreads(() => 3),
      3,
    );
  },
);

test("a thread that blocks for a lock lets others have it, as in Python", limit, async () => {
  const gil = new Gil();
  const lock = new Lock();
  const held = lock.acquireSync();
  await using pool = poolOf(1);
  const other = pool.submit(() =>
    gil.run(() => {
      using _ = lock.acquireSync();
      return gil.held;
    }),
  );
  await until(() => lock.stats().waiting === 1, "one waits for the lock");
  // with the Gil that the other needs to go on
  using guard = await gil.acquire(soon);
  held.release();
  assert.equal(other.done(), false);
  guard.release();
  assert.equal(await other, true);
});

const ends: [string, () => unknown][] = [
  ["it ends itself", () => process.exit(3)],
  ["without a word", () => (process as unknown as { reallyExit(code: number): void }).reallyExit(6)],
  [
    "it is killed",
    () => {
      for (;;);
    },
  ],
];

for (const [way, end] of ends) {
  test(`a holder dies (${way}), and the next is told, once`, limit, async () => {
    const gil = new Gil();
    const gate = new Gate();
    const { cells } = gate;
    await using pool = poolOf(1);
    const doomed = pool.submit(() => {
      (globalThis as { kept?: unknown }).kept = gil.acquireSync();
      Atomics.add(cells, 1, 1);
      return end();
    });
    await gate.arrived(1);
    const next = gil.acquire(soon);
    if (way === "it is killed") doomed.abort();
    await doomed.exception().catch(() => {});
    const guard = await next;
    assert.equal(guard.abandoned, true);
    guard.release();
    assert.equal(gil.acquireSync(soon).abandoned, false);
    assert.equal(gil.stats().abandoned, 1);
  });
}

test("the death of the one who has asked for it holds up nobody", limit, async () => {
  const gil = new Gil({ switchInterval: 1 });
  await using pool = poolOf(1);
  const guard = gil.acquireSync();
  const doomed = pool.submit(() => gil.run(() => {}));
  await until(() => gil.stats().dropRequests > 0, "it is asked for");
  doomed.abort();
  await doomed.exception().catch(() => {});
  guard.release();
  gil.acquireSync(soon).release();
});

test(
  "checkpoint does nothing where there is no Gil, and finds the one that the thread has",
  limit,
  async () => {
    assert.equal(checkpoint(), false);
    const gil = new Gil({ switchInterval: 0.5 });
    const cells = sharedCells(1);
    const thread = new Thread({ target: () => gil.run(() => void Atomics.store(cells, 0, 1)) });
    gil.acquireSync();
    thread.start();
    // without it the thread would never get on
    await until(() => {
      checkpoint();
      return Atomics.load(cells, 0) === 1;
    }, "the other had it");
    gil.release();
    assert.equal(await thread.join(soon), true);
  },
);
