import assert from "node:assert/strict";
import { test } from "node:test";
import { Future, UnobservedFailures } from "ungil";

async function all(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const item of items) found.push(item);
  return found;
}

test("everyone who iterates progress gets what is reported from then on, until the end", async () => {
  const { future, start, report, resolve } = Future.withResolvers<number>();
  start();
  report("nobody listens");
  const first = future.progress[Symbol.asyncIterator]();
  const waiting = first.next();
  report(1);
  const second = all(future.progress);
  report(2);
  resolve(0);
  assert.deepEqual(await waiting, { done: false, value: 1 });
  assert.deepEqual(await first.next(), { done: false, value: 2 });
  assert.deepEqual(await first.next(), { done: true, value: undefined });
  assert.deepEqual(await second, [2]);
});

test("progress ends with a failure and a cancel too, and at once for a future that is done", async () => {
  const failed = Future.withResolvers<number>();
  const listening = all(failed.future.progress);
  const waiting = failed.future.exception();
  failed.report("half");
  failed.reject(new Error("no"));
  await waiting;
  assert.deepEqual(await listening, ["half"]);
  assert.deepEqual(await all(failed.future.progress), []);
  const cancelled = Future.withResolvers<number>();
  const ended = all(cancelled.future.progress);
  cancelled.future.cancel();
  assert.deepEqual(await ended, []);
});

for (const looks of ["never", "before it listens", "after it listens", "when all is over"]) {
  test(`a failure of whose progress is listened to counts as observed by who looks for it: ${looks}`, async () => {
    const names: string[] = [];
    const unobserved = new UnobservedFailures(({ name }) => names.push(name));
    const { future, report, reject } = Future.withResolvers<number>({ name: "job", unobserved });
    const look = (now: string): unknown => (now === looks ? future.catch(() => {}) : undefined);
    look("before it listens");
    const listening = all(future.progress);
    look("after it listens");
    report("half");
    reject(new Error("no"));
    assert.deepEqual(await listening, ["half"]);
    look("when all is over");
    unobserved.reportAll();
    assert.deepEqual(names, looks === "never" ? ["job"] : []);
  });
}

test("a callback that is taken back when the future is done changes nothing of its outcome", async () => {
  const { future, resolve } = Future.withResolvers<unknown[]>();
  const value = [1, 2];
  const limited = future.result({ timeout: 60_000 });
  const aborted = new AbortController();
  const given = future.result({ signal: aborted.signal }).catch(() => "given up");
  resolve(value);
  aborted.abort();
  assert.equal(await limited, value);
  assert.equal(await given, value);
  assert.deepEqual(future.snapshot().result, [1, 2]);
});

test("a listener that lags behind keeps the latest 1024 reports", async () => {
  const { future, report, resolve } = Future.withResolvers<number>();
  const iterator = future.progress[Symbol.asyncIterator]();
  for (let each = 0; each < 3_000; each += 1) report(each);
  resolve(0);
  const kept: unknown[] = [];
  for (let step = await iterator.next(); !step.done; step = await iterator.next()) kept.push(step.value);
  assert.equal(kept.length, 1_024);
  assert.equal(kept[0], 3_000 - 1_024);
  assert.equal(kept.at(-1), 2_999);
});

test("leaving the loop detaches; others go on", async () => {
  const { future, report, resolve } = Future.withResolvers<number>();
  const other = all(future.progress);
  const leaving = (async () => {
    for await (const each of future.progress) return each;
    return undefined;
  })();
  report("a");
  assert.equal(await leaving, "a");
  report("b");
  resolve(0);
  assert.deepEqual(await other, ["a", "b"]);
});
