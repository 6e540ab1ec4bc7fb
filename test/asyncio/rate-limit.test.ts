import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  AsyncExecutor,
  CancelledError,
  InlineExecutor,
  InvalidArgumentError,
  ThreadPoolExecutor,
} from "ungil";
import { manualClock, until } from "ungil/testing";
import { numbers, turn, watch } from "./support/watch.js";

test("no more tasks start within any interval than the limit says", async () => {
  const clock = manualClock();
  await using executor = new AsyncExecutor({
    maxWorkers: 100,
    rateLimit: { tasks: 3, interval: 1_000 },
    clock,
  });
  const starts: number[] = [];
  const start = (): void => void starts.push(clock.now());
  const submit = (count: number): void => numbers(count).forEach(() => void executor.submit(start));
  submit(2);
  await clock.advance(900);
  submit(5);
  await clock.advance(0);
  // two at 0 and one at 900: the next two when those two are an interval ago, not when a new interval begins
  assert.deepEqual(starts, [0, 0, 900]);
  await clock.advance(99);
  assert.equal(starts.length, 3);
  await clock.advance(1);
  assert.deepEqual(starts, [0, 0, 900, 1_000, 1_000]);
  await clock.advance(5_000);
  assert.deepEqual(starts, [0, 0, 900, 1_000, 1_000, 1_900, 2_000]);
  assert.equal(clock.pending(), 0);
});

test("spread: one task after the other, evenly", async () => {
  const clock = manualClock();
  await using executor = new AsyncExecutor({
    rateLimit: { tasks: 4, interval: 1_000, spread: true },
    clock,
  });
  const starts: number[] = [];
  const results = executor.map((i) => (starts.push(clock.now()), i), numbers(5));
  await clock.advance(10_000);
  assert.deepEqual(await results, numbers(5));
  assert.deepEqual(starts, [0, 250, 500, 750, 1_000]);
});

test("each attempt of a task counts as a start", async () => {
  const clock = manualClock();
  await using executor = new AsyncExecutor({ rateLimit: { tasks: 1, interval: 100 }, clock });
  const starts: number[] = [];
  const future = executor.with({ retries: 2 }).submit(() => {
    starts.push(clock.now());
    if (starts.length < 3) throw new RangeError("not yet");
    return starts.length;
  });
  await clock.advance(1_000);
  assert.equal(await future, 3);
  assert.deepEqual(starts, [0, 100, 200]);
});

test("what waits for its time can be cancelled, goes by priority, and leaves no timer", async () => {
  const clock = manualClock();
  await using executor = new AsyncExecutor({ rateLimit: { tasks: 1, interval: 1_000 }, clock });
  const order: string[] = [];
  const submit = (name: string, priority = 0): ReturnType<typeof executor.submit> =>
    executor.with({ priority }).submit(() => void order.push(name));
  submit("first");
  await turn();
  const cancelled = watch(submit("cancelled"));
  const waits = submit("low", -1);
  submit("high", 1);
  const abort = new AbortController();
  const aborted = watch(executor.with({ signal: abort.signal }).submit(() => order.push("aborted")));
  await turn();
  assert.deepEqual([executor.stats().queued, executor.stats().running], [4, 0]);
  abort.abort();
  await clock.advance(1_000);
  assert.deepEqual(order, ["first", "high"]);
  await turn();
  assert.ok(aborted.error instanceof CancelledError);
  assert.equal(clock.pending(), 1);
  await clock.advance(1_000);
  assert.deepEqual(order, ["first", "high", "cancelled"]);
  assert.equal(cancelled.state, "fulfilled");
  waits.cancel();
  assert.equal(clock.pending(), 0);
  await assert.rejects(waits, CancelledError);
});

test("a shutdown waits for what waits for its time, unless that is cancelled", async () => {
  const clock = manualClock();
  for (const cancelFutures of [false, true]) {
    const executor = new AsyncExecutor({ rateLimit: { tasks: 1, interval: 1_000 }, clock });
    const futures = numbers(3).map((i) => executor.submit(() => i));
    await turn();
    const ended = watch(executor.shutdown({ cancelFutures }));
    await turn();
    assert.equal(ended.state, cancelFutures ? "fulfilled" : "pending");
    await clock.advance(2_000);
    await turn();
    assert.equal(ended.state, "fulfilled");
    assert.deepEqual(
      futures.map((future) => future.state),
      cancelFutures ? ["finished", "cancelled", "cancelled"] : ["finished", "finished", "finished"],
    );
    assert.equal(clock.pending(), 0);
  }
});

test("a deadline counts while a task waits for its time", async () => {
  const clock = manualClock();
  await using executor = new AsyncExecutor({ rateLimit: { tasks: 1, interval: 1_000 }, clock });
  executor.submit(() => {});
  const late = watch(executor.with({ deadline: 500 }).submit(() => {}));
  await clock.advance(500);
  assert.match(String(late.error), /missed its deadline/);
});

test("a bad limit is refused", () => {
  for (const rateLimit of [
    null,
    {},
    { tasks: 0, interval: 1 },
    { tasks: 1.5, interval: 1 },
    { tasks: 1, interval: 0 },
    { tasks: 1, interval: Number.POSITIVE_INFINITY },
    { tasks: 1, interval: 1, spread: 1 },
    { tasks: 1, interval: 1, every: 1 },
    10,
  ]) {
    assert.throws(() => new AsyncExecutor({ rateLimit: rateLimit as never }), InvalidArgumentError);
  }
});

test("a pool of threads keeps to its rate, too: each item of a map is a start", async () => {
  const clock = manualClock();
  await using pool = new ThreadPoolExecutor({
    maxWorkers: 2,
    rateLimit: { tasks: 2, interval: 60_000 },
    clock,
  });
  const results = pool.map((x: number) => x * 2, numbers(4));
  await until(() => pool.stats().completed === 2, "two are done");
  await turn();
  assert.deepEqual([pool.stats().queued, pool.stats().running], [2, 0]);
  await clock.advance(60_000);
  assert.deepEqual(await results, [0, 2, 4, 6]);
});

test("any tasks at any times: never more than the limit in any interval, and none is left", async () => {
  const plan = fc.record({
    tasks: fc.integer({ min: 1, max: 4 }),
    interval: fc.integer({ min: 1, max: 50 }),
    spread: fc.boolean(),
    maxWorkers: fc.integer({ min: 1, max: 5 }),
    waves: fc.array(fc.tuple(fc.nat(30), fc.nat(6)), { maxLength: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ tasks, interval, spread, maxWorkers, waves }) => {
      const clock = manualClock();
      await using executor = new AsyncExecutor({ maxWorkers, rateLimit: { tasks, interval, spread }, clock });
      const starts: number[] = [];
      const futures = [];
      for (const [pause, count] of waves) {
        await clock.advance(pause);
        for (const _ of numbers(count)) futures.push(executor.submit(() => void starts.push(clock.now())));
      }
      await clock.advance(futures.length * interval);
      await Promise.all(futures);
      assert.equal(starts.length, futures.length);
      const most = spread ? 1 : tasks;
      const least = spread ? interval / tasks : interval;
      for (let i = most; i < starts.length; i++) {
        assert.ok(starts[i]! - starts[i - most]! >= least - 1e-9, `${starts.join()} break the limit`);
      }
      assert.equal(clock.pending(), 0);
    }),
    { numRuns: 200 },
  );
});

test("in place, too: what is within the limit runs within submit, the rest when it is its time", async () => {
  const clock = manualClock();
  await using executor = new InlineExecutor({ rateLimit: { tasks: 1, interval: 100 }, maxPerKey: 1, clock });
  const [first, second] = [executor.submit(() => 1), executor.with({ key: 1 }).submit(() => 2)];
  assert.deepEqual([first.state, second.state], ["finished", "pending"]);
  await clock.advance(100);
  assert.equal(second.state, "finished");
});
