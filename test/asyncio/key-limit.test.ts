import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  AsyncExecutor,
  CancelledError,
  currentTask,
  InvalidArgumentError,
  SerializationError,
  ThreadPoolExecutor,
} from "ungil";
import { Event } from "ungil/asyncio";
import { manualClock, until } from "ungil/testing";
import { numbers, turn, watch } from "./support/watch.js";

test("at most so many tasks of a key run at once, in the order of their submission; others go past", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 10, maxPerKey: 2 });
  const gates = numbers(4).map(() => new Event());
  const started: string[] = [];
  const submit = (key: unknown, name: string, gate?: Event): PromiseLike<void> =>
    executor.with({ key }).submit(async () => {
      started.push(name);
      await gate?.wait();
    });
  const futures = gates.map((gate, i) => submit("a", `a${i}`, gate));
  futures.push(submit("b", "b0"), submit(undefined, "none"));
  await turn();
  assert.deepEqual(started, ["a0", "a1", "b0", "none"]);
  assert.deepEqual([executor.stats().queued, executor.stats().running], [2, 2]);
  gates[1]!.set();
  await turn();
  assert.deepEqual(started.slice(4), ["a2"]);
  for (const gate of gates) gate.set();
  await Promise.all(futures);
  assert.deepEqual(started.slice(4), ["a2", "a3"]);
});

test("of the tasks of a key those of higher priority come first, also where another has its place but has not begun", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 1, maxPerKey: 1 });
  const gate = new Event();
  const order: string[] = [];
  const busy = executor.submit(() => gate.wait());
  await turn();
  const submit = (key: string, priority: number): unknown =>
    executor.with({ key, priority }).submit(() => void order.push(`${key}${priority}`));
  submit("a", -1);
  submit("a", 0);
  submit("b", 0);
  submit("a", 1);
  submit("b", 2);
  gate.set();
  await busy;
  await until(() => executor.stats().completed === 6, "all are done");
  assert.deepEqual(order, ["b2", "a1", "b0", "a0", "a-1"]);
});

test("a task that is cancelled, queued or running, leaves its place to the next of its key", async () => {
  const clock = manualClock();
  await using executor = new AsyncExecutor({ maxWorkers: 2, maxPerKey: 1, grace: 10, clock });
  const gate = new Event();
  const view = executor.with({ key: 1 });
  const running = watch(view.submit(() => gate.wait()));
  const runningFuture = view.submit(() => "second");
  const third = view.submit(() => "third");
  await turn();
  assert.equal(running.state, "pending");
  assert.equal(runningFuture.cancel(), true);
  assert.equal(third.state, "pending");
  gate.set();
  assert.equal(await third, "third");

  const stuck = view.submit(() => new Promise(() => {}));
  const next = view.submit(() => "next");
  await turn();
  stuck.abort("enough");
  await clock.advance(10);
  await assert.rejects(stuck, CancelledError);
  assert.equal(await next, "next");
});

test("cancelling one that has a place and has not begun lets the next of its key have it", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 1, maxPerKey: 1 });
  const gate = new Event();
  const busy = executor.submit(() => gate.wait());
  await turn();
  const [first, second] = [1, 2].map((i) => executor.with({ key: "k" }).submit(() => i));
  first!.cancel();
  gate.set();
  await busy;
  assert.equal(await second, 2);
});

test("a task that waits for one of its own key that it submitted lends it its place", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 4, maxPerKey: 1 });
  const view = executor.with({ key: "k" });
  let running = 0;
  let most = 0;
  const leaf = async (): Promise<number> => {
    most = Math.max(most, ++running);
    await turn();
    running--;
    return 1;
  };
  const node = async (depth: number): Promise<number> => {
    if (depth === 0) return await leaf();
    const below = await Promise.all(numbers(2).map(() => view.submit(node, depth - 1)));
    return below[0]! + below[1]!;
  };
  const [one, other] = [view.submit(node, 4), view.submit(leaf)];
  assert.equal(await one, 16);
  assert.equal(await other, 1);
  assert.equal(most, 1);
});

test("one that ends before those it lent its place to leaves the place to them", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 4, maxPerKey: 1 });
  const view = executor.with({ key: "k" });
  const gate = new Event();
  let running = 0;
  const child = async (): Promise<void> => {
    running++;
    await gate.wait();
    running--;
  };
  const children: PromiseLike<void>[] = [];
  await view.submit(() => void children.push(view.submit(child), view.submit(child)));
  const last = view.submit(child);
  await turn();
  assert.equal(running, 1);
  gate.set();
  await Promise.all([...children, last]);
});

test("a place that was lent on goes back to the first lender, whoever ends first", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 8, maxPerKey: 1 });
  const view = executor.with({ key: "k" });
  const gate = new Event();
  let working = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++working);
    await gate.wait();
    working--;
  };
  const left: PromiseLike<void>[] = [];
  const first = view.submit(async () => {
    // the second ends before the third, to which it had lent what it had from the first
    await view.submit(async () => {
      left.push(view.submit(work));
      await until(() => working === 1, "the third works");
    });
    await Promise.all([view.submit(work), view.submit(work)]);
  });
  await until(() => left.length === 1 && executor.stats().queued === 2, "the others wait");
  await turn();
  assert.equal(most, 1);
  gate.set();
  await Promise.all([first, ...left]);
  gate.clear();
  const after = [view.submit(work), view.submit(work)];
  await turn();
  assert.deepEqual([working, executor.stats().queued], [1, 1]);
  gate.set();
  await Promise.all(after);
  assert.equal(most, 1);
});

test("a function may answer the limit of each key", async () => {
  await using executor = new AsyncExecutor({
    maxWorkers: 10,
    maxPerKey: (key) => (key === "slow" ? 1 : Number.POSITIVE_INFINITY),
  });
  const gate = new Event();
  const futures = ["slow", "slow", "fast", "fast", "fast"].map((key) =>
    executor.with({ key }).submit(() => gate.wait()),
  );
  await turn();
  assert.equal(executor.stats().running, 4);
  gate.set();
  await Promise.all(futures);
});

test("a bad limit is refused; one that a function answers is refused from the call, and nothing is queued", () => {
  for (const maxPerKey of [0, -1, 1.5, "2", null]) {
    assert.throws(() => new AsyncExecutor({ maxPerKey: maxPerKey as never }), InvalidArgumentError);
  }
  const executor = new AsyncExecutor({ maxPerKey: () => 0 });
  assert.throws(() => executor.with({ key: 1 }).submit(() => 1), InvalidArgumentError);
  assert.equal(executor.stats().submitted, 0);
});

test("threads keep to a limit for each key, also for what is submitted inside tasks", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2, maxPerKey: 1 });
  const view = pool.with({ key: "file" });
  const running = new Int32Array(new SharedArrayBuffer(8));
  const work = (): void => {
    const now = Atomics.add(running, 0, 1) + 1;
    if (now > Atomics.load(running, 1)) Atomics.store(running, 1, now);
    Atomics.wait(running, 1, -1, 5);
    Atomics.sub(running, 0, 1);
  };
  await Promise.all(numbers(10).map(() => view.submit(work)));
  await view.map(work, numbers(5));
  await pool.submit(async () => {
    await Promise.all([1, 2, 3].map(() => view.submit(work)));
  });
  assert.equal(running[1], 1);
  const key = {};
  await assert.rejects(
    pool.submit(() => pool.with({ key: {} }).submit(() => 1)),
    InvalidArgumentError,
  );
  await assert.rejects(
    pool.submit((each: { name: string }) => each.name, pool.with({ key })),
    SerializationError,
  );
});

test("any keys, priorities and cancellations: no key has more than its limit, and every future settles", async () => {
  const task = fc.record({
    key: fc.constantFrom("a", "b", undefined),
    priority: fc.integer({ min: -1, max: 1 }),
    nested: fc.nat(2),
    fate: fc.constantFrom("runs", "runs", "cancelled", "aborted", "fails"),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(task, { maxLength: 12 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 4 }),
      async (s, tasks, maxPerKey, maxWorkers) => {
        const executor = new AsyncExecutor({ maxWorkers, maxPerKey, grace: 60_000 });
        const running = new Map<unknown, number>();
        const body = async (key: unknown, nested: number, fails: boolean): Promise<void> => {
          // those that wait for one of their own have lent it their place
          const count = (running.get(key) ?? 0) + 1;
          running.set(key, count);
          if (key !== undefined) assert.ok(count <= maxPerKey, `${count} tasks of ${String(key)}`);
          await s.schedule(Promise.resolve(), `work of ${String(key)}`);
          running.set(key, running.get(key)! - 1);
          if (nested > 0) await executor.with({ key }).submit(body, key, nested - 1, false);
          if (currentTask().cancelled) throw new RangeError("stopped");
          if (fails) throw new RangeError("fails");
        };
        const ends = tasks.map(async ({ key, priority, nested, fate }, i) => {
          await s.schedule(Promise.resolve(), `submit ${i}`);
          const future = executor.with({ key, priority }).submit(body, key, nested, fate === "fails");
          if (fate === "cancelled" || fate === "aborted") {
            void s
              .schedule(Promise.resolve(), `${fate} ${i}`)
              .then(() => (fate === "cancelled" ? void future.cancel() : future.abort()));
          }
          await future.then(
            () => {},
            (error: unknown) => assert.ok(!(error instanceof assert.AssertionError), error as Error),
          );
        });
        await s.waitFor(Promise.all(ends));
        await executor.shutdown();
        assert.deepEqual([executor.stats().queued, executor.stats().running], [0, 0]);
      },
    ),
    { numRuns: 300 },
  );
});
