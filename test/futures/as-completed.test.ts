import assert from "node:assert/strict";
import { test } from "node:test";
import { asCompleted, Future, type FutureResolvers, InvalidArgumentError, UnobservedFailures } from "ungil";
import { manualClock, until } from "ungil/testing";

const make = (count: number, unobserved = new UnobservedFailures(() => {})): FutureResolvers<number>[] =>
  Array.from({ length: count }, () => Future.withResolvers<number>({ unobserved }));

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

test("B1: a future named many times is yielded once, and it is the future itself", async () => {
  const [a] = make(1);
  a!.resolve(1);
  assert.deepEqual(await all(asCompleted([a!.future, a!.future, a!.future])), [a!.future]);
});

test("B2: those that are done come first, then the order of completion", async () => {
  const [a, b, c, d] = make(4);
  c!.resolve(1);
  const iterator = asCompleted([a, b, c, d].map((each) => each!.future));
  assert.equal((await iterator.next()).value, c!.future);
  const waiting = [iterator.next(), iterator.next(), iterator.next(), iterator.next()];
  d!.resolve(1);
  a!.reject(new Error("no"));
  b!.future.cancel();
  const steps = await Promise.all(waiting);
  assert.deepEqual(
    steps.map(({ value }) => value),
    [d!.future, a!.future, b!.future, undefined],
  );
  assert.equal(steps.at(-1)?.done, true);
});

test("B3: the time counts from the call, whatever the consumer does meanwhile", async () => {
  const clock = manualClock();
  const futures = make(4);
  const iterator = asCompleted(
    futures.map(({ future }) => future),
    { timeout: 100, clock },
  );
  await clock.advance(60);
  futures[0]!.resolve(0);
  assert.equal((await iterator.next()).value, futures[0]!.future);
  futures[1]!.resolve(1);
  await clock.advance(40);
  futures[2]!.resolve(2);
  assert.equal((await iterator.next()).value, futures[1]!.future);
  await assert.rejects(iterator.next(), { name: "TimeoutError", message: "2 (of 4) futures unfinished" });
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
  assert.equal(clock.pending(), 0);
});

test("B3: a limit that was over before the first next still yields what is done", async () => {
  const clock = manualClock();
  const [a, b] = make(2);
  const iterator = asCompleted([a!.future, b!.future], { timeout: 10, clock });
  await clock.advance(50);
  b!.resolve(1);
  assert.equal((await iterator.next()).value, b!.future);
  await assert.rejects(iterator.next(), /1 \(of 2\) futures unfinished/);
});

test("B4: with timeout 0 all that are done come before the TimeoutError; if all are, there is none", async () => {
  const [a, b, c] = make(3);
  a!.resolve(1);
  c!.reject(new Error("no"));
  const iterator = asCompleted([a!.future, b!.future, c!.future], { timeout: 0 });
  assert.equal((await iterator.next()).value, a!.future);
  assert.equal((await iterator.next()).value, c!.future);
  await assert.rejects(iterator.next(), /1 \(of 3\) futures unfinished/);
  assert.equal((await all(asCompleted([a!.future, c!.future], { timeout: 0 }))).length, 2);
});

test("B5: nothing ends at once, with a timeout too", async () => {
  assert.deepEqual(await all(asCompleted([])), []);
  assert.deepEqual(await all(asCompleted([], { timeout: 0 })), []);
});

test("B6: leaving the loop lets go of timer, signal and futures", async () => {
  const clock = manualClock();
  const [a, b] = make(2);
  a!.resolve(1);
  const controller = new AbortController();
  const { signal } = controller;
  const iterator = asCompleted([a!.future, b!.future], { timeout: 1_000, clock, signal });
  for await (const future of iterator) {
    assert.equal(future, a!.future);
    assert.equal(clock.pending(), 1);
    break;
  }
  assert.equal(clock.pending(), 0);
  controller.abort();
  b!.resolve(1);
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
});

test("B6: a return in the middle of a wait ends that wait", async () => {
  const [a] = make(1);
  const iterator = asCompleted([a!.future]);
  const waiting = iterator.next();
  await iterator.return?.();
  assert.deepEqual(await waiting, { done: true, value: undefined });
});

test("B6: what was yielded is collected while the iteration goes on", async () => {
  const pending = Future.withResolvers<number>();
  const iterator = asCompleted(
    (function* () {
      const { future, resolve } = Future.withResolvers<number>();
      resolve(1);
      yield future;
      yield pending.future;
    })(),
  );
  const yielded = await (async () => new WeakRef((await iterator.next()).value as Future<number>))();
  const waiting = iterator.next();
  await until(() => {
    globalThis.gc?.();
    return yielded.deref() === undefined;
  }, "the yielded future is collected");
  pending.resolve(2);
  assert.equal((await waiting).value, pending.future);
});

test("the signal ends the iteration at once, with its reason", async () => {
  const [a, b] = make(2);
  a!.resolve(1);
  await assert.rejects(all(asCompleted([a!.future], { signal: AbortSignal.abort("no") })), { cause: "no" });
  const controller = new AbortController();
  const iterator = asCompleted([b!.future], { signal: controller.signal });
  const waiting = iterator.next();
  controller.abort("tired");
  await assert.rejects(waiting, { name: "CancelledError", cause: "tired" });
  assert.equal((await iterator.next()).done, true);
  assert.equal(b!.future.state, "pending");
});

test("misuse is thrown from the call", () => {
  assert.throws(() => asCompleted([1 as unknown as Future<number>]), /futures\[0\] must be a Future/);
  assert.throws(() => asCompleted({} as Future<number>[]), InvalidArgumentError);
  assert.throws(() => asCompleted([], { timeout: Number.NaN }), /timeout must be a time in ms/);
  assert.throws(() => asCompleted([], { timeOut: 1 } as object), /timeOut.*did you mean timeout/);
});

test("what is yielded counts as observed; an iteration that nobody starts observes nothing", async () => {
  const reports: string[] = [];
  const unobserved = new UnobservedFailures(({ error }) => reports.push(String(error)));
  const [early, late, other] = make(3, unobserved);
  early!.reject("early");
  const iterator = asCompleted([early!.future, late!.future]);
  asCompleted([other!.future]);
  await iterator.next();
  late!.reject("late");
  other!.reject("other");
  unobserved.reportAll();
  assert.deepEqual(reports, ["other"]);
  assert.equal((await iterator.next()).value, late!.future);
});
