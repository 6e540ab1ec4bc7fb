// Items of a map on the event loop wait with the map while nobody else waits for a place. Nobody can tell.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { test } from "node:test";
import { AsyncExecutor, CancelledError, currentTask, ShutdownError, TimeoutError } from "ungil";
import { manualClock, until } from "ungil/testing";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** A function of items that holds each until it is let go. */
function gates(): {
  begun: number[];
  open: (item: number) => void;
  hold: (item: number) => Promise<number>;
} {
  const begun: number[] = [];
  const waiting = new Map<number, () => void>();
  const hold = (item: number): Promise<number> => {
    begun.push(item);
    return new Promise((resolve) => waiting.set(item, () => resolve(item)));
  };
  return { begun, hold, open: (item) => waiting.get(item)!() };
}

test("items that wait count as submitted and queued, and no more of them than are read ahead", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 2 });
  const { begun, hold, open } = gates();
  const stream = executor.map(hold, numbers(10), { buffersize: 5 });
  const look = (): unknown[] => {
    const { submitted, queued, running, peakQueued, completed } = executor.stats();
    return [submitted, queued, running, peakQueued, completed];
  };
  assert.deepEqual(look(), [5, 5, 0, 5, 0]);
  await turn();
  assert.deepEqual(look(), [5, 3, 2, 5, 0]);
  open(0);
  await turn();
  // nobody has taken a result
  assert.deepEqual(
    [begun, look()],
    [
      [0, 1, 2],
      [5, 2, 2, 5, 1],
    ],
  );
  const all = stream.then((results) => results);
  await turn();
  assert.deepEqual(look(), [6, 3, 2, 5, 1]);
  for (const item of numbers(10).slice(1)) {
    open(item);
    await turn();
  }
  assert.deepEqual(await all, numbers(10));
  assert.deepEqual(look(), [10, 0, 0, 5, 10]);
  const { waitTime, runTime } = executor.stats();
  assert.deepEqual([waitTime.count, runTime.count], [10, 10]);
});

test("their time of waiting counts from when they were read", async () => {
  const clock = manualClock();
  await using executor = new AsyncExecutor({ maxWorkers: 1, clock });
  const { hold, open } = gates();
  const all = executor.map(hold, numbers(3)).then((results) => results);
  await turn();
  for (const item of numbers(3)) {
    await clock.advance(10);
    open(item);
    await turn();
  }
  await all;
  const { waitTime } = executor.stats();
  assert.deepEqual([waitTime.count, waitTime.max], [3, 20]);
});

test("who submits while they wait comes after them, and they before the ones that are read later", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 1 });
  const order: unknown[] = [];
  const note = async (item: unknown): Promise<void> => {
    order.push(item);
    await turn();
  };
  const all = executor.map(note, numbers(8), { buffersize: 4 }).then((results) => results);
  await turn();
  const other = executor.submit(note, "other");
  const urgent = executor.with({ priority: "high" }).submit(note, "urgent");
  await Promise.all([all, other, urgent]);
  assert.deepEqual(order, [0, "urgent", 1, 2, 3, "other", 4, 5, 6, 7]);
});

test("two maps at once share the places", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 2 });
  const order: string[] = [];
  const note = (name: string) => async (item: number) => {
    order.push(name);
    await turn();
    return `${name}${item}`;
  };
  const [one, other] = await Promise.all([
    executor.map(note("a"), numbers(20), { buffersize: 4 }),
    executor.map(note("b"), numbers(20), { buffersize: 4 }),
  ]);
  assert.deepEqual(
    [one, other],
    [numbers(20).map((item) => `a${item}`), numbers(20).map((item) => `b${item}`)],
  );
  const half = order.slice(0, 20);
  assert.ok(Math.abs(half.filter((each) => each === "a").length - 10) <= 2, half.join(""));
});

test("a shutdown lets those that wait be done, or cancels them, and a termination does so, too", async () => {
  const counts = async (end: (executor: AsyncExecutor) => Promise<void>): Promise<unknown> => {
    const executor = new AsyncExecutor({ maxWorkers: 2 });
    const stream = executor.map(async (item: number) => (await turn(), item), numbers(9), {
      buffersize: 6,
      errors: "settle",
    });
    await turn();
    const ended = end(executor);
    const results = await Promise.resolve(stream).catch((error: Error) => error);
    await ended;
    const { submitted, completed, cancelled, failed, queued } = executor.stats();
    return [
      Array.isArray(results) ? results.length : results.constructor,
      { submitted, completed, cancelled, failed, queued },
    ];
  };
  assert.deepEqual(await counts((executor) => executor.shutdown()), [
    ShutdownError,
    { submitted: 6, completed: 6, cancelled: 0, failed: 0, queued: 0 },
  ]);
  assert.deepEqual(await counts((executor) => executor.shutdown({ cancelFutures: true })), [
    ShutdownError,
    { submitted: 6, completed: 2, cancelled: 4, failed: 0, queued: 0 },
  ]);
  assert.deepEqual(await counts((executor) => executor.terminate()), [
    ShutdownError,
    { submitted: 6, completed: 0, cancelled: 4, failed: 2, queued: 0 },
  ]);
});

test("what ends a map cancels those that wait, which never begin", async () => {
  const ways = {
    cancel: (stream: { cancel: () => void }) => stream.cancel(),
    signal: (_: unknown, controller: AbortController) => controller.abort(),
    failure: (_: unknown, __: unknown, fail: () => void) => fail(),
    timeout: (_: unknown, __: unknown, ___: unknown, clock: ReturnType<typeof manualClock>) =>
      clock.advance(50),
  };
  for (const [name, end] of Object.entries(ways)) {
    for (const ordered of [true, false]) {
      const clock = manualClock();
      await using executor = new AsyncExecutor({ maxWorkers: 2, clock });
      const controller = new AbortController();
      const begun: number[] = [];
      let fail!: () => void;
      const stream = executor.map(
        (item: number) => {
          begun.push(item);
          const { signal } = currentTask();
          return new Promise<number>((_, reject) => {
            if (item === 0) fail = () => reject(new RangeError("no"));
            signal.addEventListener("abort", () => reject(signal.reason));
          });
        },
        numbers(9),
        { buffersize: 6, ordered, signal: controller.signal, timeout: 50 },
      );
      const ended = assert.rejects(
        Promise.resolve(stream),
        name === "failure" ? RangeError : name === "timeout" ? TimeoutError : CancelledError,
      );
      await turn();
      await end(stream, controller, fail, clock);
      await ended;
      await turn();
      assert.deepEqual(begun, [0, 1], name);
      const { submitted, cancelled, failed, queued, running } = executor.stats();
      const failures = name === "failure" ? 1 : 0;
      assert.deepEqual(
        [submitted, cancelled, failed, queued, running],
        [6, 6 - failures, failures, 0, 0],
        name,
      );
    }
  }
});

test("who begins to watch tasks is told of each that has not begun", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 1 });
  const { hold, open } = gates();
  const all = executor.map(hold, numbers(4)).then((results) => results);
  await turn();
  const told: string[] = [];
  const watchers = ["submit", "start", "end"].map((channel) => {
    const note = (message: unknown): void => {
      if ((message as { executor: string }).executor === executor.name) told.push(channel);
    };
    subscribe(`ungil:task:${channel}`, note);
    return () => unsubscribe(`ungil:task:${channel}`, note);
  });
  try {
    for (const item of numbers(4)) {
      open(item);
      await turn();
    }
    await all;
  } finally {
    for (const stop of watchers) stop();
  }
  const count = (channel: string): number => told.filter((each) => each === channel).length;
  assert.deepEqual([count("submit"), count("start"), count("end")], [3, 3, 4]);
});

test("each has a context of its own, as where map was called, whoever's end makes it begin", async () => {
  const store = new AsyncLocalStorage<string>();
  await using executor = new AsyncExecutor({ maxWorkers: 2 });
  const { hold, open } = gates();
  const other = store.run("of another", () => executor.submit(hold, -1));
  await turn();
  const seen: unknown[] = [];
  const ids = new Set<number>();
  const all = store.run("of the map", () =>
    executor
      .with({ context: "given" })
      .map(async (item: number) => {
        const task = currentTask();
        ids.add(task.id);
        seen.push([store.getStore(), task.context]);
        store.enterWith(`left by ${item}`);
        if (item === 3) open(-1);
        await turn();
        assert.equal(currentTask(), task);
        assert.equal(store.getStore(), `left by ${item}`);
      }, numbers(12))
      .then((results) => results),
  );
  await Promise.all([all, other]);
  assert.deepEqual(
    seen,
    numbers(12).map(() => ["of the map", "given"]),
  );
  assert.equal(ids.size, 12);
});

test("an item may submit to its own executor, and wait for it at the only place", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 1 });
  const results = await executor.map(async (item: number) => {
    const inner = await executor.submit(async () => item * 2);
    const [last] = await executor.map(async (each: number) => each + 1, [inner]);
    return last;
  }, numbers(6));
  assert.deepEqual(results, [1, 3, 5, 7, 9, 11]);
});

test("items that end at once need no room on the stack", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 1 });
  const results = await executor.map((item: number) => item, numbers(50_000), { buffersize: 50_000 });
  assert.equal(results.length, 50_000);
});

test("a map whose results nobody takes is not kept by its executor", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 2 });
  const result = (() => {
    const value = { name: "result" };
    executor.map(async () => value, numbers(3));
    return new WeakRef(value);
  })();
  await until(() => executor.stats().completed === 3, "the items are done");
  await turn();
  const isGone = (): boolean => {
    globalThis.gc?.();
    return result.deref() === undefined;
  };
  await until(isGone, "the result is collected", 5_000);
});

test("so is one that waits for its results to be taken", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 2 });
  const result = (() => {
    const value = { name: "result" };
    executor.map(async () => value, numbers(9), { buffersize: 3 });
    return new WeakRef(value);
  })();
  await until(() => executor.stats().completed === 3, "what is read ahead is done");
  await turn();
  const isGone = (): boolean => {
    globalThis.gc?.();
    return result.deref() === undefined;
  };
  await until(isGone, "the result is collected", 5_000);
});
