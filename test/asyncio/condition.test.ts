import assert from "node:assert/strict";
import { test } from "node:test";
import { CancelledError, InvalidArgumentError, InvalidStateError, TimeoutError } from "ungil";
import { Condition, Lock } from "ungil/asyncio";
import { manualClock, until } from "ungil/testing";
import { numbers, turn, watch } from "./support/watch.js";

/** Waits in a block of its own. */
async function waitOn(
  condition: Condition,
  options: { timeout?: number; signal?: AbortSignal } = {},
): Promise<void> {
  using _guard = await condition.acquire();
  await condition.wait(options);
  assert.equal(condition.locked(), true);
}

async function notify(condition: Condition, count?: number): Promise<void> {
  using _guard = await condition.acquire();
  condition.notify(count);
}

test("P3 wait and notify need the lock", async () => {
  const condition = new Condition();
  assert.throws(() => condition.wait(), InvalidStateError);
  assert.throws(() => condition.waitFor(() => true), InvalidStateError);
  assert.throws(() => condition.notify(), /needs the lock/);
  assert.throws(() => condition.notifyAll(), InvalidStateError);
  assert.throws(() => condition.release(), InvalidStateError);
  assert.throws(() => new Condition({} as Lock), InvalidArgumentError);
});

test("P3 notify wakes so many, those first who have waited longest; each goes on with the lock", async () => {
  const condition = new Condition();
  const order: number[] = [];
  const waits = numbers(5).map(async (i) => {
    await waitOn(condition);
    order.push(i);
  });
  await until(() => condition.stats().waiting === 5, "all wait");
  assert.equal(condition.locked(), false);
  await notify(condition, 2);
  await turn();
  assert.deepEqual(order, [0, 1]);
  await notify(condition, 0);
  await notify(condition);
  await turn();
  assert.deepEqual(order, [0, 1, 2]);
  {
    using _guard = await condition.acquire();
    condition.notifyAll();
  }
  await Promise.all(waits);
  assert.deepEqual(order, numbers(5));
  assert.equal(condition.locked(), false);
});

test("P3 one who is notified waits for the lock until its holder has done", async () => {
  const condition = new Condition();
  const waiting = watch(waitOn(condition));
  await until(() => condition.stats().waiting === 1, "it waits");
  const guard = await condition.acquire();
  condition.notify();
  await turn();
  assert.equal(waiting.state, "pending");
  assert.equal(condition.stats().lock.waiting, 1);
  guard.release();
  await turn();
  assert.equal(waiting.state, "fulfilled");
});

test("P3 one who is cancelled takes the lock again before it throws", async () => {
  const condition = new Condition();
  const abort = new AbortController();
  const waiting = watch(waitOn(condition, { signal: abort.signal }));
  await until(() => condition.stats().waiting === 1, "it waits");
  const guard = await condition.acquire();
  abort.abort("why");
  await turn();
  assert.equal(waiting.state, "pending");
  guard.release();
  await turn();
  assert.ok(waiting.error instanceof CancelledError);
  assert.equal(waiting.error.cause, "why");
  assert.equal(condition.locked(), false);
});

test("P3 notified and then cancelled: the notification goes on to the next", async () => {
  const condition = new Condition();
  const abort = new AbortController();
  const first = watch(waitOn(condition, { signal: abort.signal }));
  const second = watch(waitOn(condition));
  await until(() => condition.stats().waiting === 2, "both wait");
  const guard = await condition.acquire();
  condition.notify();
  abort.abort();
  guard.release();
  await turn();
  assert.ok(first.error instanceof CancelledError);
  assert.equal(second.state, "fulfilled");
  assert.equal(condition.locked(), false);
});

test("P3 a timeout throws once the lock is there again; one of 0 lets others have their turn", async () => {
  const clock = manualClock();
  const condition = new Condition(undefined, { clock });
  const waiting = watch(waitOn(condition, { timeout: 100 }));
  await clock.advance(99);
  assert.equal(waiting.state, "pending");
  await clock.advance(1);
  assert.ok(waiting.error instanceof TimeoutError);
  assert.equal(condition.locked(), false);

  const guard = await condition.acquire();
  const other = watch(condition.acquire());
  const polling = watch(condition.wait({ timeout: 0 }));
  await turn();
  assert.equal(other.state, "fulfilled");
  await clock.advance(0);
  assert.equal(polling.state, "pending");
  other.value!.release();
  await turn();
  assert.ok(polling.error instanceof TimeoutError);
  guard.release();
  assert.equal(condition.locked(), false);
  assert.equal(clock.pending(), 0);
});

test("P3 a guard that is disposed while its wait goes on does not leave the lock taken", async () => {
  const condition = new Condition();
  {
    using _guard = await condition.acquire();
    void condition.wait();
  }
  await notify(condition);
  await turn();
  assert.equal(condition.locked(), false);
  await condition.acquire({ timeout: 0 });
});

test("P3 waitFor goes on when its predicate holds, and answers with what that answered", async () => {
  const condition = new Condition();
  const stock: string[] = [];
  const waiting = (async () => {
    using _guard = await condition.acquire();
    return await condition.waitFor(() => stock[0]);
  })();
  await until(() => condition.stats().waiting === 1, "it waits");
  await notify(condition);
  await turn();
  assert.equal(condition.stats().waiting, 1);
  stock.push("apple");
  await notify(condition);
  assert.equal(await waiting, "apple");
  assert.equal(condition.locked(), false);
});

test("P3 waitFor: its timeout is one for all waits; a predicate must answer at once", async () => {
  const clock = manualClock();
  const condition = new Condition(undefined, { clock });
  const waiting = watch(
    (async () => {
      using _guard = await condition.acquire();
      await condition.waitFor(() => false, { timeout: 100 });
    })(),
  );
  await clock.advance(60);
  await notify(condition);
  await clock.advance(40);
  assert.ok(waiting.error instanceof TimeoutError);
  using _guard = await condition.acquire();
  await assert.rejects(
    condition.waitFor(async () => true),
    InvalidArgumentError,
  );
  await assert.rejects(
    condition.waitFor(() => {
      throw new RangeError("in the predicate");
    }),
    RangeError,
  );
  assert.equal(condition.locked(), true);
});

test("P3 two conditions may share a lock", async () => {
  const lock = new Lock();
  const [full, empty] = [new Condition(lock), new Condition(lock)];
  const waiting = watch(waitOn(full));
  await until(() => full.stats().waiting === 1, "it waits");
  await notify(empty);
  await turn();
  assert.equal(waiting.state, "pending");
  await notify(full);
  await turn();
  assert.equal(waiting.state, "fulfilled");
  assert.equal(lock.locked(), false);
});
