import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import {
  BrokenBarrierError,
  CancelledError,
  InvalidArgumentError,
  InvalidStateError,
  TimeoutError,
} from "ungil";
import { Barrier, Condition, Event, Lock, Process, RLock, Value } from "ungil/multiprocessing";
import { rejectionOf } from "../threading/support/rejection.js";
import { eventually } from "./support/eventually.js";
import { forever } from "./support/forever.js";
import { poolsOf } from "./support/pools.js";

const limit = { timeout: 120_000 };

const { processes, threads } = poolsOf({ processes: 3, threads: 3 });

const waiting = (condition: Condition, count: number): Promise<void> =>
  eventually(async () => (await condition.stats()).waiting === count, `${count} wait`);
const gathered = (barrier: Barrier, count: number): Promise<void> =>
  eventually(async () => (await barrier.nWaiting()) === count, `${count} have come`);

test("K6: to wait or notify without the lock is an error", limit, async () => {
  for (const condition of [new Condition(), new Condition(new Lock())]) {
    await rejectionOf(condition.wait(), InvalidStateError);
    await rejectionOf(condition.notify(), InvalidStateError);
    await using _guard = await condition.acquire();
    await rejectionOf(
      processes.submit(() => condition.notifyAll()),
      InvalidStateError,
    );
    await rejectionOf(
      threads.submit(() => condition.wait()),
      InvalidStateError,
    );
    await condition.notify();
  }
});

test(
  "K6: notify(n) wakes exactly n, those who have waited longest, threads and processes mixed",
  limit,
  async () => {
    const condition = new Condition();
    const order = new Value("int32", 0);
    const wait = async (): Promise<number> => {
      await using _guard = await condition.acquire();
      assert.equal(await condition.wait(), true);
      return order.add(1);
    };
    const woken: Promise<number>[] = [];
    for (const [at, executor] of [processes, threads, processes, threads, processes].entries()) {
      woken.push(Promise.resolve(executor.submit(wait)));
      await waiting(condition, at + 1);
    }
    const notify = async (count: number): Promise<void> => {
      await using _guard = await condition.acquire();
      await condition.notify(count);
    };
    await notify(0);
    await waiting(condition, 5);
    await notify(2);
    await waiting(condition, 3);
    assert.deepEqual(await Promise.all(woken.slice(0, 2)), [1, 2]);
    await processes.with({ timeout: 60_000 }).submit(async () => {}); // one of its workers is free again
    await processes.submit(notify, 1);
    assert.equal(await woken[2], 3);
    await notify(Number.POSITIVE_INFINITY);
    assert.deepEqual(await Promise.all(woken), [1, 2, 3, 4, 5]);
    // nobody waits: it is not kept for later
    await notify(1);
    await using _guard = await condition.acquire();
    assert.equal(await condition.wait({ timeout: 10 }), false);
  },
);

test(
  "K6: wait gives the lock away, all of it, and has it again when it ends, in whatever way",
  limit,
  async () => {
    const condition = new Condition(new RLock());
    const guard = await condition.acquire();
    const again = await condition.acquire();
    const wait = condition.wait({ timeout: 60_000 });
    await processes.submit(async () => {
      await using _guard = await condition.acquire();
      await condition.notifyAll();
    });
    assert.equal(await wait, true);
    await guard.release();
    assert.equal(await condition.locked(), true);
    assert.equal(await condition.wait({ timeout: 10 }), false);
    assert.equal(await condition.locked(), true);
    const controller = new AbortController();
    const aborted = condition.wait({ signal: controller.signal });
    await waiting(condition, 1);
    assert.equal(await condition.locked(), false);
    controller.abort("enough");
    assert.equal((await rejectionOf(aborted, CancelledError)).cause, "enough");
    assert.equal(await condition.locked(), true);
    await again.release();
    assert.equal(await condition.locked(), false);
  },
);

test(
  "K6: waitFor returns what the predicate answers last, which runs here and may be asynchronous",
  limit,
  async () => {
    const condition = new Condition();
    const value = new Value("int32", 0);
    const waitFor = (timeout?: number) => async () => {
      await using _guard = await condition.acquire();
      return await condition.waitFor(async () => (await value.get()) >= 3 && `${process.pid} has seen it`, {
        timeout,
      });
    };
    const seen = processes.submit(waitFor());
    assert.equal(await waitFor(30)(), false);
    for (let n = 1; n <= 3; n++) {
      await waiting(condition, 1);
      await using _guard = await condition.acquire();
      await value.add(1);
      await condition.notifyAll();
    }
    assert.match(String(await seen), /^\d+ has seen it$/);
    assert.notEqual(await seen, `${process.pid} has seen it`);
    assert.equal(await waitFor(0)(), `${process.pid} has seen it`);
    await using _guard = await condition.acquire();
    await rejectionOf(
      condition.waitFor(() => {
        throw new RangeError("no");
      }),
      RangeError,
    );
    assert.throws(() => condition.waitFor("x" as never), InvalidArgumentError);
  },
);

test("K6: a condition takes a Lock or RLock of this process, and nothing else", limit, async () => {
  for (const lock of [new Lock(), new RLock()]) {
    const condition = new Condition(lock);
    using _guard = await condition.acquire();
    assert.equal(await lock.locked(), true);
  }
  const foreign = await processes.submit(() => {
    const made = new Lock();
    (globalThis as { kept?: unknown }).kept = made;
    return made;
  });
  for (const lock of [foreign, {}, null, "lock"])
    assert.throws(() => new Condition(lock as never), InvalidArgumentError);
});

test("K6: those who wait on one event loop wait apart, and one at a time goes on", limit, async () => {
  const condition = new Condition();
  let inside = 0;
  const wait = async (): Promise<boolean> => {
    await using _guard = await condition.acquire();
    const notified = await condition.wait();
    assert.equal(++inside, 1);
    await condition.locked();
    inside--;
    return notified;
  };
  const waits = [wait(), wait(), wait()];
  await waiting(condition, 3);
  await processes.submit(async () => {
    await using _guard = await condition.acquire();
    await condition.notifyAll();
  });
  assert.deepEqual(await Promise.all(waits), [true, true, true]);
});

test("K8: one who is killed while it waits gives neither lock nor notification away", limit, async () => {
  const condition = new Condition();
  const child = new Process({
    target: async () => {
      await condition.acquire();
      await condition.wait();
      await forever();
    },
  });
  child.start();
  await waiting(condition, 1);
  const other = threads.submit(async () => {
    await using guard = await condition.acquire();
    return [await condition.wait(), guard.abandoned];
  });
  await waiting(condition, 2);
  child.kill();
  await child.join();
  await waiting(condition, 1);
  await using guard = await condition.acquire();
  // it had lent the lock, and has not died with it
  assert.equal(guard.abandoned, false);
  await condition.notify();
  await condition.release();
  assert.deepEqual(await other, [true, false]);
  await condition.acquire();
});

test(
  "K8: a notification of one who dies before it has the lock again goes on to the next",
  limit,
  async () => {
    const condition = new Condition();
    const child = new Process({
      target: async () => {
        await condition.acquire();
        await condition.wait();
        await forever();
      },
    });
    child.start();
    await waiting(condition, 1);
    const other = threads.submit(async () => {
      await using _guard = await condition.acquire();
      return condition.wait();
    });
    await waiting(condition, 2);
    {
      await using _guard = await condition.acquire();
      await condition.notify(1);
      // it was notified, and waits for the lock, which this block has
      assert.deepEqual((({ waiting: one, lock }) => [one, lock.waiting])(await condition.stats()), [1, 1]);
      child.kill();
      await child.join();
    }
    assert.equal(await other, true);
  },
);

test(
  "K8: one who waits is told when the lock that it gets again was left by one who has died",
  limit,
  async (t) => {
    const condition = new Condition();
    await using guard = await condition.acquire();
    const wait = condition.wait();
    const child = new Process({
      target: async () => {
        await condition.acquire();
        await condition.notify();
        process.exit(1);
      },
    });
    child.start();
    t.after(() => child.join());
    assert.equal(await wait, true);
    assert.equal(guard.abandoned, true);
  },
);

test(
  "K7: all go on when the last has come, each with a number of its own, again and again",
  limit,
  async () => {
    const barrier = new Barrier(4);
    const rounds = async (count: number): Promise<number[]> => {
      const positions: number[] = [];
      for (let n = 0; n < count; n++) positions.push(await barrier.wait());
      return positions;
    };
    assert.equal(barrier.parties, 4);
    const parties = [
      processes.submit(rounds, 50),
      processes.submit(rounds, 50),
      threads.submit(rounds, 50),
      rounds(50),
    ];
    const positions = await Promise.all(parties);
    for (let n = 0; n < 50; n++)
      assert.deepEqual(
        positions.map((each) => each[n]!).toSorted((one, other) => one - other),
        [0, 1, 2, 3],
        `round ${n}`,
      );
    assert.equal(await barrier.nWaiting(), 0);
    assert.equal(await barrier.broken(), false);
  },
);

test("K7: one party passes at once, a thousand times", limit, async () => {
  const barrier = new Barrier(1);
  for (let n = 0; n < 1_000; n++) assert.equal(await barrier.wait(), 0);
  assert.throws(() => new Barrier(0), InvalidArgumentError);
  assert.throws(() => new Barrier(1, { action: 1 as never }), InvalidArgumentError);
  assert.throws(() => new Barrier(1, { timeout: "x" as never }), InvalidArgumentError);
});

test("K7: the action runs once a round, before anybody goes on, and is awaited", limit, async () => {
  let acted = 0;
  const seen = new Value("int32", 0);
  const barrier = new Barrier(3, {
    action: async () => {
      await seen.add(1);
      acted++;
    },
  });
  const party = async (): Promise<number[]> => {
    const counts: number[] = [];
    for (let n = 0; n < 5; n++) {
      await barrier.wait();
      counts.push(await seen.get());
      await barrier.wait();
    }
    return counts;
  };
  const counts = await Promise.all([processes.submit(party), threads.submit(party), party()]);
  assert.deepEqual(
    counts,
    [1, 2, 3].map(() => [1, 3, 5, 7, 9]),
  );
  assert.equal(acted, 10);
});

test(
  "K7: an action that throws breaks the barrier: the last one gets its error, the others hear of it",
  limit,
  async () => {
    const barrier = new Barrier(2, {
      action: () => {
        throw new RangeError("no");
      },
    });
    const other = rejectionOf(
      processes.submit(() => barrier.wait()),
      BrokenBarrierError,
    );
    await gathered(barrier, 1);
    await rejectionOf(barrier.wait(), RangeError);
    await other;
    assert.equal(await barrier.broken(), true);
    await rejectionOf(barrier.wait(), BrokenBarrierError);
  },
);

test("K7: abort breaks it for those who wait and those who come, until it is reset", limit, async () => {
  const barrier = new Barrier(3);
  const wait = (): Promise<number> => barrier.wait();
  const waits = [processes.submit(wait), threads.submit(wait)].map((each) =>
    rejectionOf(each, BrokenBarrierError),
  );
  await gathered(barrier, 2);
  await barrier.abort();
  await Promise.all(waits);
  assert.equal(await barrier.broken(), true);
  await rejectionOf(barrier.wait(), BrokenBarrierError);
  await barrier.reset();
  assert.equal(await barrier.broken(), false);
  assert.deepEqual(
    (await Promise.all([processes.submit(wait), threads.submit(wait), wait()])).toSorted(
      (one, other) => one - other,
    ),
    [0, 1, 2],
  );
});

test("K7: reset frees those who wait with an error, and the barrier can be used at once", limit, async () => {
  const barrier = new Barrier(2);
  const waits = rejectionOf(
    processes.submit(() => barrier.wait()),
    BrokenBarrierError,
  );
  await gathered(barrier, 1);
  await barrier.reset();
  await waits;
  assert.equal(await barrier.broken(), false);
  const both = await Promise.all([barrier.wait(), processes.submit(() => barrier.wait())]);
  assert.deepEqual(
    both.toSorted((one, other) => one - other),
    [0, 1],
  );
});

test("K7: a time limit, given or by default, breaks it for all", limit, async () => {
  for (const [barrier, timeout] of [
    [new Barrier(3), 50],
    [new Barrier(3, { timeout: 50 }), undefined],
    [new Barrier(3), -1],
  ] as const) {
    const forAll = rejectionOf(
      processes.submit(() => barrier.wait({ timeout: 60_000 })),
      BrokenBarrierError,
    );
    await gathered(barrier, 1);
    const error = await rejectionOf(barrier.wait({ timeout }), BrokenBarrierError);
    assert.ok(error.cause instanceof TimeoutError);
    await forAll;
    assert.equal(await barrier.broken(), true);
  }
});

test("K7: a wait without a limit has none where there is a default", limit, async () => {
  const barrier = new Barrier(2, { timeout: 20 });
  const patient = processes.submit(() => barrier.wait({ timeout: Number.POSITIVE_INFINITY }));
  await gathered(barrier, 1);
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(await barrier.wait(), 1);
  assert.equal(await patient, 0);
});

test("K7: one whose signal aborts breaks it, too", limit, async () => {
  const barrier = new Barrier(3);
  const other = rejectionOf(
    threads.submit(() => barrier.wait()),
    BrokenBarrierError,
  );
  const controller = new AbortController();
  const aborted = rejectionOf(barrier.wait({ signal: controller.signal }), CancelledError);
  await gathered(barrier, 2);
  controller.abort();
  await aborted;
  await other;
});

test("K8: one who is killed while it waits at a barrier breaks it for the others", limit, async () => {
  const barrier = new Barrier(3);
  const come = new Event();
  const child = new Process({
    target: async () => {
      await come.set();
      await barrier.wait();
    },
  });
  child.start();
  await come.wait();
  const other = rejectionOf(
    processes.submit(() => barrier.wait()),
    BrokenBarrierError,
  );
  await gathered(barrier, 2);
  child.kill();
  await other;
  assert.equal(await barrier.broken(), true);
});

test(
  "K6, K7: a program that waits at its own condition or barrier goes on until the time is up",
  limit,
  async () => {
    const program = path.resolve("test/multiprocessing/fixtures/unbuilt/lone-waits.mjs");
    const { stdout } = await promisify(execFile)(process.execPath, [program]);
    assert.deepEqual(stdout.split("\n"), [
      "wait false",
      "waitFor false",
      "ERR_UNGIL_BROKEN_BARRIER ERR_UNGIL_TIMEOUT",
      "ERR_UNGIL_BROKEN_BARRIER ERR_UNGIL_TIMEOUT",
      "",
    ]);
  },
);
