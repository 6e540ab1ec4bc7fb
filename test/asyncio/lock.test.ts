import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CancelledError,
  InvalidArgumentError,
  InvalidStateError,
  SerializationError,
  ThreadPoolExecutor,
  TimeoutError,
} from "ungil";
import { type Guard, Lock } from "ungil/asyncio";
import { manualClock } from "ungil/testing";
import { numbers, turn, watch } from "./support/watch.js";

const release = (guard: Guard | undefined): void => guard!.release();

test("P1 a free lock is acquired at once, and is free again at the end of the block", async () => {
  const lock = new Lock();
  assert.equal(lock.locked(), false);
  {
    using _guard = await lock.acquire();
    assert.equal(lock.locked(), true);
    assert.equal(lock.tryAcquire(), undefined);
  }
  assert.equal(lock.locked(), false);
  using guard = lock.tryAcquire();
  assert.ok(guard);
});

test("P1 those who wait get the lock in the order in which they came", async () => {
  const lock = new Lock();
  const order: number[] = [];
  let inside = 0;
  await Promise.all(
    numbers(50).map(async (i) => {
      using _guard = await lock.acquire();
      assert.equal(++inside, 1);
      order.push(i);
      await turn();
      inside--;
    }),
  );
  assert.deepEqual(order, numbers(50));
  assert.deepEqual(lock.stats(), { locked: false, waiting: 0, peakWaiting: 49 });
});

test("P1 nobody who comes later gets the lock before one who waits", async () => {
  const lock = new Lock();
  const guard = await lock.acquire();
  const second = watch(lock.acquire());
  guard.release();
  // the second one has not gone on yet, and still it is its own
  assert.equal(lock.locked(), true);
  assert.equal(lock.tryAcquire(), undefined);
  const third = watch(lock.acquire());
  await turn();
  assert.deepEqual([second.state, third.state], ["fulfilled", "pending"]);
  release(second.value);
  await turn();
  assert.equal(third.state, "fulfilled");
});

test("P1 releasing a free lock is an error, and changes nothing", async () => {
  const lock = new Lock();
  assert.throws(() => lock.release(), InvalidStateError);
  assert.throws(() => lock.release(), /Lock is not acquired/);
  await lock.acquire();
  lock.release();
  assert.equal(lock.locked(), false);
});

test("P1 a cancelled waiter passes its turn on", async () => {
  const lock = new Lock();
  const guard = await lock.acquire();
  const abort = new AbortController();
  const second = watch(lock.acquire({ signal: abort.signal }));
  const third = watch(lock.acquire());
  abort.abort("enough");
  await turn();
  assert.ok(second.error instanceof CancelledError);
  assert.equal(second.error.cause, "enough");
  assert.equal(third.state, "pending");
  guard.release();
  await turn();
  assert.equal(third.state, "fulfilled");
});

test("P1 one who is cancelled in the moment in which it gets the lock has it", async () => {
  const lock = new Lock();
  const guard = await lock.acquire();
  const abort = new AbortController();
  const second = watch(lock.acquire({ signal: abort.signal }));
  const third = watch(lock.acquire());
  guard.release();
  abort.abort();
  await turn();
  assert.deepEqual([second.state, third.state], ["fulfilled", "pending"]);
  release(second.value);
  await turn();
  assert.equal(third.state, "fulfilled");
});

test("P1 one who is cancelled just before the lock is released gets nothing", async () => {
  const lock = new Lock();
  const guard = await lock.acquire();
  const abort = new AbortController();
  const second = watch(lock.acquire({ signal: abort.signal }));
  abort.abort();
  guard.release();
  await turn();
  assert.equal(second.state, "rejected");
  assert.equal(lock.locked(), false);
});

test("a signal that has aborted keeps its caller out of a free lock", async () => {
  const lock = new Lock();
  await assert.rejects(lock.acquire({ signal: AbortSignal.abort("late") }), CancelledError);
  assert.equal(lock.locked(), false);
});

test("a timeout ends the wait, and its timer ends with the wait", async () => {
  const clock = manualClock();
  const lock = new Lock({ clock });
  const guard = await lock.acquire({ timeout: 50 });
  const late = watch(lock.acquire({ timeout: 100 }));
  const early = watch(lock.acquire({ timeout: 1_000 }));
  await clock.advance(99);
  assert.equal(late.state, "pending");
  await clock.advance(1);
  assert.ok(late.error instanceof TimeoutError);
  assert.match(String(late.error), /the lock was not acquired within 100 ms/);
  guard.release();
  await turn();
  assert.equal(early.state, "fulfilled");
  assert.equal(clock.pending(), 0);
});

test("a timeout of 0 takes a free lock and does not wait for another", async () => {
  const lock = new Lock();
  await lock.acquire({ timeout: 0 });
  await assert.rejects(lock.acquire({ timeout: 0 }), TimeoutError);
  assert.equal(lock.stats().waiting, 0);
});

test("a guard gives back only what it holds, however often it is released", async () => {
  const lock = new Lock();
  const first = await lock.acquire();
  first.release();
  const second = await lock.acquire();
  first.release();
  first[Symbol.dispose]();
  assert.equal(lock.locked(), true);
  second.release();
  assert.equal(lock.locked(), false);
});

test("a lock that was released by hand within its block is not released twice", async () => {
  const lock = new Lock();
  {
    using _guard = await lock.acquire();
    lock.release();
    await lock.acquire();
  }
  assert.equal(lock.locked(), true);
});

test("bad options are refused from the call", () => {
  const lock = new Lock();
  assert.throws(() => lock.acquire({ timeout: Number.NaN }), InvalidArgumentError);
  assert.throws(() => lock.acquire({ timout: 1 } as never), /did you mean timeout/);
  assert.throws(() => lock.acquire({ signal: {} as AbortSignal }), InvalidArgumentError);
  assert.throws(() => new Lock({ clock: {} as never }), InvalidArgumentError);
  assert.equal(lock.locked(), false);
});

test("a lock can't be sent to another thread, where it would keep nobody out", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const lock = new Lock();
  await assert.rejects(
    pool.submit((given: Lock) => given.locked(), lock),
    SerializationError,
  );
  assert.throws(
    () => pool.submit(() => lock.locked()),
    (error: Error) => /ungil\/threading/.test(error.message),
  );
});

test("twenty thousand who wait and are cancelled leave from anywhere in the line", async () => {
  const lock = new Lock();
  const guard = await lock.acquire();
  const aborts = numbers(20_000).map(() => new AbortController());
  const waits = aborts.map(({ signal }) => watch(lock.acquire({ signal })));
  // from the middle outwards: the furthest from either end first
  const middle = aborts.length / 2;
  for (let i = 0; i < middle; i++) {
    aborts[middle + i]!.abort();
    aborts[middle - 1 - i]!.abort();
  }
  await turn();
  assert.ok(waits.every(({ state }) => state === "rejected"));
  assert.equal(lock.stats().waiting, 0);
  guard.release();
  assert.equal(lock.locked(), false);
});
