import assert from "node:assert/strict";
import { test } from "node:test";
import { CancelledError, InvalidArgumentError, InvalidStateError, TimeoutError } from "ungil";
import { BoundedSemaphore, Semaphore } from "ungil/asyncio";
import { manualClock } from "ungil/testing";
import { numbers, turn, watch } from "./support/watch.js";

test("P4 so many are let through at a time, in the order in which they came", async () => {
  const semaphore = new Semaphore(3);
  const order: number[] = [];
  let inside = 0;
  let most = 0;
  await Promise.all(
    numbers(20).map(async (i) => {
      using _place = await semaphore.acquire();
      most = Math.max(most, ++inside);
      order.push(i);
      await turn();
      inside--;
    }),
  );
  assert.equal(most, 3);
  assert.deepEqual(order, numbers(20));
  assert.deepEqual(semaphore.stats(), { value: 3, waiting: 0, peakWaiting: 17 });
});

test("P4 a negative number of places is refused, none is not", () => {
  for (const value of [-1, 1.5, Number.NaN, "2" as never]) {
    assert.throws(() => new Semaphore(value), InvalidArgumentError);
    assert.throws(() => new BoundedSemaphore(value), InvalidArgumentError);
  }
  assert.equal(new Semaphore(0).locked(), true);
  assert.equal(new Semaphore().locked(), false);
});

test("P4 nobody who comes later gets a place before one who waits: it is locked while somebody does", async () => {
  const semaphore = new Semaphore(1);
  await semaphore.acquire();
  const second = watch(semaphore.acquire());
  semaphore.release();
  assert.equal(semaphore.locked(), true);
  assert.equal(semaphore.tryAcquire(), undefined);
  await turn();
  assert.equal(second.state, "fulfilled");
});

test("P4 one who is cancelled before it was given a place leaves it to the next", async () => {
  const semaphore = new Semaphore(1);
  await semaphore.acquire();
  const abort = new AbortController();
  const second = watch(semaphore.acquire({ signal: abort.signal }));
  const third = watch(semaphore.acquire());
  abort.abort();
  semaphore.release();
  await turn();
  assert.ok(second.error instanceof CancelledError);
  assert.equal(third.state, "fulfilled");
  assert.equal(semaphore.stats().value, 0);
});

test("P4 cancelled after being granted: the place is its caller's, and comes back with its guard", async () => {
  const semaphore = new Semaphore(1);
  await semaphore.acquire();
  const abort = new AbortController();
  const run = (async () => {
    using _place = await semaphore.acquire({ signal: abort.signal });
    abort.signal.throwIfAborted();
  })();
  semaphore.release();
  abort.abort(new RangeError("enough"));
  await assert.rejects(run, RangeError);
  assert.equal(semaphore.stats().value, 1);
});

test("P4 a timeout takes no place with it", async () => {
  const clock = manualClock();
  const semaphore = new Semaphore(0, { clock });
  const first = watch(semaphore.acquire({ timeout: 10 }));
  const second = watch(semaphore.acquire());
  await clock.advance(10);
  assert.ok(first.error instanceof TimeoutError);
  semaphore.release();
  await turn();
  assert.equal(second.state, "fulfilled");
  await assert.rejects(semaphore.acquire({ timeout: 0 }), TimeoutError);
  semaphore.release();
  assert.equal(semaphore.stats().value, 1);
});

test("P4 a semaphore may grow; several places at once go to several who wait", async () => {
  const semaphore = new Semaphore(0);
  const waits = numbers(3).map(() => watch(semaphore.acquire()));
  semaphore.release(2);
  await turn();
  assert.deepEqual(
    waits.map(({ state }) => state),
    ["fulfilled", "fulfilled", "pending"],
  );
  semaphore.release(5);
  assert.equal(semaphore.stats().value, 4);
  for (const count of [0, -1, 0.5]) assert.throws(() => semaphore.release(count), InvalidArgumentError);
});

test("P4 a bounded semaphore refuses a place that is given back too often", async () => {
  const semaphore = new BoundedSemaphore(2);
  const place = await semaphore.acquire();
  await semaphore.acquire();
  assert.throws(() => semaphore.release(3), InvalidStateError);
  assert.equal(semaphore.stats().value, 0);
  semaphore.release();
  place.release();
  assert.throws(() => semaphore.release(), /released too many times/);
  assert.equal(semaphore.stats().value, 2);
  // a guard gives its place back once
  const again = await semaphore.acquire();
  again.release();
  again.release();
  assert.equal(semaphore.stats().value, 2);
});
