import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CancelledError,
  Future,
  type FutureResolvers,
  InvalidArgumentError,
  UnobservedFailures,
  wait,
} from "ungil";
import { manualClock } from "ungil/testing";

const make = (count: number, unobserved = new UnobservedFailures(() => {})): FutureResolvers<number>[] =>
  Array.from({ length: count }, () => Future.withResolvers<number>({ unobserved }));

test("C1: nothing is two empty sets; a future named twice counts once", async () => {
  assert.deepEqual(await wait([]), { done: new Set(), notDone: new Set() });
  const [a] = make(1);
  const waiting = wait([a!.future, a!.future]);
  a!.resolve(1);
  const { done, notDone } = await waiting;
  assert.deepEqual([[...done], [...notDone]], [[a!.future], []]);
});

test("C1: any iterable will do, and it is read once", async () => {
  const [a, b] = make(2);
  a!.resolve(1);
  let read = 0;
  const futures = (function* () {
    for (const { future } of [a!, b!]) {
      read += 1;
      yield future;
    }
  })();
  const { done, notDone } = await wait(futures, { timeout: 0 });
  assert.deepEqual([[...done], [...notDone], read], [[a!.future], [b!.future], 2]);
});

test("C2: when the time is over the sets tell what is done, and nothing is left behind", async () => {
  const clock = manualClock();
  const [a, b] = make(2);
  const waiting = wait([a!.future, b!.future], { timeout: 1_000, clock });
  await clock.advance(999);
  assert.equal(clock.pending(), 1);
  a!.resolve(1);
  await clock.advance(1);
  const { done, notDone } = await waiting;
  assert.deepEqual([[...done], [...notDone]], [[a!.future], [b!.future]]);
  assert.equal(clock.pending(), 0);
  b!.resolve(2);
  assert.equal(notDone.size, 1);
});

test("C2: the signal ends the wait with its reason; what is done before wins", async () => {
  const [a, b] = make(2);
  const controller = new AbortController();
  const waiting = wait([a!.future], { signal: controller.signal });
  controller.abort("tired");
  await assert.rejects(waiting, { name: "CancelledError", cause: "tired" });
  await assert.rejects(wait([a!.future], { signal: controller.signal }), CancelledError);
  b!.resolve(1);
  assert.equal((await wait([b!.future], { signal: controller.signal })).done.size, 1);
});

test("C3: FIRST_COMPLETED is over with the first; a cancelled one is done", async () => {
  const [a, b, c] = make(3);
  const waiting = wait([a!.future, b!.future], { returnWhen: "FIRST_COMPLETED" });
  b!.future.cancel();
  assert.deepEqual([...(await waiting).done], [b!.future]);
  c!.resolve(1);
  const again = await wait([a!.future, b!.future, c!.future], { returnWhen: "FIRST_COMPLETED" });
  assert.deepEqual([[...again.done], [...again.notDone]], [[b!.future, c!.future], [a!.future]]);
});

test("C4: FIRST_EXCEPTION counts every thrown value, also null and undefined, but no cancellation", async () => {
  for (const thrown of [new Error("no"), null, undefined]) {
    const [a, b] = make(2);
    const waiting = wait([a!.future, b!.future], { returnWhen: "FIRST_EXCEPTION" });
    b!.reject(thrown);
    assert.deepEqual([...(await waiting).notDone], [a!.future]);
    assert.deepEqual(
      [...(await wait([a!.future, b!.future], { returnWhen: "FIRST_EXCEPTION" })).notDone],
      [a!.future],
    );
  }
  const [a, b] = make(2);
  const waiting = wait([a!.future, b!.future], { returnWhen: "FIRST_EXCEPTION" });
  a!.future.cancel();
  assert.equal(await Promise.race([waiting, Promise.resolve("waits")]), "waits");
  b!.resolve(1);
  assert.equal((await waiting).done.size, 2);
});

test("C5: misuse is thrown from the call", () => {
  const [a] = make(1);
  assert.throws(
    () => wait([a!.future], { returnWhen: "x" as "ALL_COMPLETED" }),
    /returnWhen must be one of "ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION", got "x" \(string\)/,
  );
  assert.throws(() => wait(1 as unknown as Future<number>[]), /futures must be an iterable of futures/);
  assert.throws(
    () => wait([a!.future, Promise.resolve(1) as unknown as Future<number>]),
    /futures\[1\] must be a Future/,
  );
  assert.throws(() => wait([a!.future], { timeout: Number.NaN }), InvalidArgumentError);
  assert.throws(() => wait([a!.future], 5 as unknown as object), InvalidArgumentError);
  assert.throws(() => wait([a!.future], { return_when: "FIRST_COMPLETED" } as object), {
    name: InvalidArgumentError.name,
    message: /return_when.*did you mean returnWhen/,
  });
});

test("C6: a hundred futures done in one turn wake every wait", async () => {
  const all = make(100);
  const futures = all.map(({ future }) => future);
  const waits = [wait(futures), wait(futures, { returnWhen: "FIRST_EXCEPTION" }), wait(futures.slice(50))];
  for (const { resolve } of all) resolve(1);
  assert.deepEqual(
    (await Promise.all(waits)).map(({ done }) => done.size),
    [100, 100, 50],
  );
});

test("what a wait answers as done counts as observed, what is not done does not", async () => {
  const reports: string[] = [];
  const unobserved = new UnobservedFailures(({ error }) => reports.push(String(error)));
  const [early, during, late] = make(3, unobserved);
  early!.reject("early");
  const futures = [early!.future, during!.future, late!.future];
  const waiting = wait(futures);
  during!.reject("during");
  const short = await wait(futures, { timeout: 0 });
  assert.equal(short.notDone.size, 1);
  unobserved.reportAll();
  assert.deepEqual(reports, []);
  late!.reject("late");
  await waiting;
  unobserved.reportAll();
  assert.deepEqual(reports, []);
  const [after] = make(1, unobserved);
  await wait([after!.future], { timeout: 0 });
  after!.reject("after");
  unobserved.reportAll();
  assert.deepEqual(reports, ["after"]);
});
