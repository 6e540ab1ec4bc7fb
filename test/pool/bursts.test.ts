import assert from "node:assert/strict";
import diagnostics from "node:diagnostics_channel";
import { test } from "node:test";
import { type Future, ThreadPoolExecutor } from "ungil";

const addOne = (x: number): number => x + 1;

/** Submits small tasks without a pause until something is so, which may need the workers' help. */
function submitUntil(pool: ThreadPoolExecutor, isSo: () => boolean, atLeast = 0): Future<number>[] {
  const end = performance.now() + 20_000;
  const futures: Future<number>[] = [];
  while (!isSo() || futures.length < atLeast) {
    assert.ok(performance.now() < end, "it did not come to pass");
    futures.push(pool.submit(addOne, futures.length));
  }
  return futures;
}

/** One worker whose small tasks are known to be small. */
async function warmPool(): Promise<ThreadPoolExecutor> {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  for (let i = 0; i < 50; i++) await pool.submit(addOne, i);
  return pool;
}

test("in a burst of submissions futures settle that nobody waits for, or only promises do", async () => {
  await using pool = await warmPool();
  const first = pool.submit(addOne, 1);
  const awaited = pool.submit(addOne, 2);
  let seen: unknown = "not called yet";
  const promise = (async () => {
    seen = await awaited;
  })();
  const thenCalled: number[] = [];
  const chained = pool.submit(addOne, 3);
  const chain = chained.then((value) => thenCalled.push(value));
  const rest = submitUntil(pool, () => first.done() && awaited.done() && chained.done());
  assert.equal(seen, "not called yet", "the code that submits is not interrupted");
  assert.deepEqual(thenCalled, []);
  assert.equal(first.snapshot().result, 2);
  assert.equal(await first, 2);
  await promise;
  await chain;
  assert.equal(seen, 3);
  assert.deepEqual(thenCalled, [4]);
  assert.deepEqual(
    await Promise.all(rest),
    rest.map((_, i) => i + 1),
  );
});

test("in a burst of submissions no callback is called, and nothing behind it settles before", async () => {
  await using pool = await warmPool();
  const before = pool.submit(addOne, 1);
  const called: string[] = [];
  const watched = pool.submit(addOne, 2);
  watched.onDone(() => called.push("watched"));
  const behind = pool.submit(addOne, 3);
  behind.onDone(() => called.push("behind"));
  const rest = submitUntil(pool, () => before.done(), 20_000);
  assert.deepEqual(called, []);
  assert.equal(watched.done(), false);
  assert.ok(
    rest.every((future) => !future.done()),
    "results of one worker are told in order",
  );
  await Promise.all(rest);
  assert.deepEqual(called, ["watched", "behind"]);
});

test("in a burst of submissions nothing is published of ends", async () => {
  await using pool = await warmPool();
  let published = 0;
  const count = (): void => {
    published++;
  };
  diagnostics.subscribe("ungil:task:end", count);
  try {
    const futures = Array.from({ length: 20_000 }, (_, i) => pool.submit(addOne, i));
    assert.equal(published, 0);
    await Promise.all(futures);
    assert.equal(published, futures.length);
  } finally {
    diagnostics.unsubscribe("ungil:task:end", count);
  }
});

test("what fails in a burst of submissions fails when it is over, and what was aborted is aborted", async () => {
  await using pool = await warmPool();
  const first = pool.submit(addOne, 1);
  const failing = pool.submit((x: number): number => {
    throw new RangeError(`no ${x}`);
  }, 2);
  failing.onDone(() => {});
  const rest = submitUntil(pool, () => first.done(), 5_000);
  assert.equal(failing.done(), false);
  await assert.rejects(failing.result(), { name: "RangeError", message: "no 2" });
  assert.equal((await Promise.all(rest)).length, rest.length);
});

test("tasks that follow each other without end leave timers their turn", async () => {
  await using pool = await warmPool();
  const flood = { goesOn: true };
  let followed = 0;
  // each answer sets off two more, up to a limit of those under way: a burst that might never end
  let underWay = 0;
  const follow = async (): Promise<void> => {
    while (flood.goesOn) {
      underWay++;
      await pool.submit(addOne, followed++);
      underWay--;
      if (underWay < 4_000) void follow();
    }
  };
  void follow();
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  flood.goesOn = false;
  assert.ok(followed > 0);
});

test("a future that is done gives promises and awaits their value at once", async () => {
  await using pool = await warmPool();
  const future = pool.submit(addOne, 1);
  submitUntil(pool, () => future.done());
  let waited: Promise<unknown> | undefined;
  const promise = new Promise((resolve, reject) => {
    waited = future.then(resolve, reject);
  });
  assert.equal(await waited, undefined);
  assert.equal(await promise, 2);
  assert.deepEqual(await Promise.all([future, future]), [2, 2]);
});
