import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  CancelledError,
  Future,
  InvalidArgumentError,
  type MapProgress,
  ShutdownError,
  TimeoutError,
} from "ungil";
import { manualClock, until } from "ungil/testing";
import { ManualTasks, turn } from "./support/manual-tasks.js";
import { warningsOf } from "./support/warnings.js";

/** Counts from 0 without end, and tells how far it was read and whether it was closed. */
function counter() {
  const seen = { read: 0, closed: 0 };
  const items = (function* () {
    try {
      for (let value = 0; ; value += 1) {
        seen.read = value + 1;
        yield value;
      }
    } finally {
      seen.closed += 1;
    }
  })();
  return { seen, items };
}

describe("rule 1: reading", () => {
  test("D5: it starts in the call, up to buffersize, and goes on with each result taken", async () => {
    const tasks = new ManualTasks<number, number>();
    const { seen, items } = counter();
    const iterator = tasks.map(items, { buffersize: 3 })[Symbol.asyncIterator]();
    assert.deepEqual([tasks.tasks.length, seen.read], [3, 3]);
    for (const task of tasks.tasks) task.resolve(task.item);
    await turn();
    assert.equal(seen.read, 3, "settled results that nobody took keep their place");
    assert.deepEqual(await iterator.next(), { done: false, value: 0 });
    assert.equal(seen.read, 4);
    assert.deepEqual(await iterator.next(), { done: false, value: 1 });
    assert.equal(seen.read, 5);
  });

  test("the default reads 256 items ahead, Infinity all", () => {
    const tasks = new ManualTasks<number, number>();
    const { seen, items } = counter();
    tasks.map(items);
    assert.equal(seen.read, 256);
    const all = new ManualTasks<number, number>();
    all.map(
      Array.from({ length: 1_000 }, (_, value) => value),
      { buffersize: Number.POSITIVE_INFINITY },
    );
    assert.equal(all.tasks.length, 1_000);
  });

  test("an async input is read one item at a time, ahead of the consumer, from the call on", async () => {
    const tasks = new ManualTasks<number, number>();
    const { seen, items } = counter();
    const later = (async function* () {
      yield* items;
    })();
    const stream = tasks.map(later, { buffersize: 3 });
    await turn();
    assert.deepEqual([tasks.tasks.length, seen.read], [3, 3]);
    stream.cancel();
    await turn();
    assert.equal(seen.closed, 1);
  });

  test("a pending read of the input is no obstacle: results come, and leaving does not wait for it", async () => {
    const tasks = new ManualTasks<number, number>();
    let returned = 0;
    const steps = [Promise.resolve({ done: false as const, value: 7 }), new Promise<never>(() => {})];
    const input = {
      [Symbol.asyncIterator]: () => ({
        next: () => steps.shift() as Promise<IteratorResult<number>>,
        return: () => {
          returned += 1;
          return new Promise<never>(() => {});
        },
      }),
    };
    const iterator = tasks.map(input)[Symbol.asyncIterator]();
    await turn();
    tasks.tasks[0]!.resolve(70);
    assert.deepEqual(await iterator.next(), { done: false, value: 70 });
    const waiting = iterator.next();
    assert.deepEqual(await iterator.return?.(), { done: true, value: undefined });
    assert.deepEqual(await waiting, { done: true, value: undefined });
    assert.equal(returned, 1);
  });

  test("concurrent calls of next are served in their order", async () => {
    const tasks = new ManualTasks<number, number>();
    const iterator = tasks.map([0, 1, 2], { buffersize: 1 })[Symbol.asyncIterator]();
    const steps = Promise.all([iterator.next(), iterator.next(), iterator.next(), iterator.next()]);
    for (let index = 0; index < 3; index += 1) {
      assert.equal(tasks.tasks.length, index + 1);
      tasks.tasks[index]!.resolve(index * 10);
      await turn();
    }
    assert.deepEqual(
      (await steps).map(({ value }) => value),
      [0, 10, 20, undefined],
    );
  });

  test("an input that can't be iterated is an InvalidArgumentError, one with a bad iterator a TypeError", async () => {
    const tasks = new ManualTasks<number, number>();
    assert.throws(() => tasks.map(null as unknown as number[]), InvalidArgumentError);
    assert.throws(() => tasks.map({ length: 1 } as unknown as number[]), /items must be an iterable/);
    const bad = { [Symbol.iterator]: () => ({ next: () => 1 }) } as unknown as number[];
    await assert.rejects(async () => tasks.map(bad), /answered with 1 instead of an object/);
  });
});

describe("rule 2: what goes wrong at its position", () => {
  test("D6: the failure of an ordered map comes after the results before it; what is behind is dropped at once", async () => {
    const tasks = new ManualTasks<number, number>();
    const { seen, items } = counter();
    const iterator = tasks.map(items, { buffersize: 5 })[Symbol.asyncIterator]();
    for (const index of [0, 1, 3]) tasks.tasks[index]!.start();
    tasks.tasks[2]!.reject(new Error("two"));
    assert.deepEqual(tasks.calls, ["cancel 4", "abort 3"], "pending ones first");
    assert.equal(seen.closed, 1);
    const waiting = iterator.next();
    tasks.tasks[1]!.resolve(10);
    tasks.tasks[0]!.resolve(0);
    assert.equal((await waiting).value, 0);
    assert.equal((await iterator.next()).value, 10);
    await assert.rejects(iterator.next(), /two/);
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
    assert.equal(seen.read, 5);
  });

  test("D6: of two failures the one at the earlier position is thrown", async () => {
    const tasks = new ManualTasks<number, number>();
    const stream = tasks.map([0, 1, 2]);
    tasks.tasks[2]!.reject(new Error("two"));
    tasks.tasks[1]!.reject(new Error("one"));
    tasks.tasks[0]!.resolve(0);
    await assert.rejects(async () => stream, /one/);
    tasks.unobserved.reportAll();
    assert.deepEqual(tasks.reports, []);
  });

  test("unordered, the failure comes as it happens, after what was done before", async () => {
    const tasks = new ManualTasks<number, number>();
    const iterator = tasks.map([0, 1, 2, 3], { ordered: false })[Symbol.asyncIterator]();
    tasks.tasks[3]!.resolve(30);
    tasks.tasks[2]!.reject(new Error("two"));
    assert.deepEqual(tasks.calls, ["cancel 0", "cancel 1"]);
    assert.equal((await iterator.next()).value, 30);
    await assert.rejects(iterator.next(), /two/);
    assert.equal((await iterator.next()).done, true);
  });

  test("settled results carry failures and cancellations, in their places", async () => {
    const tasks = new ManualTasks<number, number>();
    const stream = tasks.map([0, 1, 2], { errors: "settle" });
    const failure = new Error("one");
    tasks.tasks[2]!.future.cancel("why");
    tasks.tasks[1]!.reject(failure);
    tasks.tasks[0]!.resolve(0);
    const [first, second, third] = await stream;
    assert.deepEqual(first, { status: "fulfilled", value: 0 });
    assert.deepEqual(second, { status: "rejected", reason: failure });
    assert.equal(third?.status, "rejected");
    assert.ok(third.reason instanceof CancelledError);
  });

  test("D5: an input that throws, sync or async, ends the stream after all results before it", async () => {
    for (const ordered of [true, false]) {
      for (const kind of ["sync", "async"]) {
        const tasks = new ManualTasks<number, number>();
        const sync = function* () {
          yield 0;
          yield 1;
          throw new Error("input");
        };
        const later = async function* () {
          yield* sync();
        };
        const iterator = tasks.map(kind === "sync" ? sync() : later(), { ordered })[Symbol.asyncIterator]();
        await turn();
        assert.equal(tasks.tasks.length, 2);
        tasks.tasks[1]!.resolve(1);
        tasks.tasks[0]!.resolve(0);
        const values = [(await iterator.next()).value, (await iterator.next()).value];
        assert.deepEqual(values, ordered ? [0, 1] : [1, 0]);
        await assert.rejects(iterator.next(), /input/);
        assert.equal((await iterator.next()).done, true);
      }
    }
  });

  test("D11: what the first submit throws comes out of the call, and the input is closed", () => {
    const tasks = new ManualTasks<number, number>();
    const { seen, items } = counter();
    tasks.limit = 0;
    assert.throws(() => tasks.map(items), /full/);
    assert.deepEqual(seen, { read: 1, closed: 1 });
  });

  test("a later submit that throws ends the stream at its position", async () => {
    const tasks = new ManualTasks<number, number>();
    const { seen, items } = counter();
    const closing = new ManualTasks<number, number>();
    const submit = tasks.submit;
    Object.assign(closing, {
      submit: (item: number, index: number) => {
        if (index === 2) throw new ShutdownError();
        return submit(item, index);
      },
    });
    const iterator = closing.map(items)[Symbol.asyncIterator]();
    assert.deepEqual(seen, { read: 3, closed: 1 });
    for (const task of tasks.tasks) task.resolve(task.index);
    assert.equal((await iterator.next()).value, 0);
    assert.equal((await iterator.next()).value, 1);
    await assert.rejects(iterator.next(), ShutdownError);
  });

  test("D11: with an async input the first submit's error comes out of the stream", async () => {
    const tasks = new ManualTasks<number, number>();
    tasks.limit = 0;
    const stream = tasks.map(
      (async function* () {
        yield 1;
      })(),
    );
    await assert.rejects(async () => stream, /full/);
  });
});

describe("rule 3: ends from outside", () => {
  test("D7: the time counts from the call; what can be delivered without waiting still is", async () => {
    for (const ordered of [true, false]) {
      const clock = manualClock();
      const tasks = new ManualTasks<number, number>();
      const { seen, items } = counter();
      const stream = tasks.map(items, { ordered, timeout: 1_000, buffersize: 5, clock });
      const iterator = stream[Symbol.asyncIterator]();
      await clock.advance(999);
      for (const index of [0, 1, 3]) tasks.tasks[index]!.resolve(index);
      await clock.advance(1);
      assert.equal(seen.closed, 1);
      assert.deepEqual(tasks.calls, ["cancel 2", "cancel 4"]);
      const values = [(await iterator.next()).value, (await iterator.next()).value];
      assert.deepEqual(values, [0, 1]);
      if (!ordered) assert.equal((await iterator.next()).value, 3);
      await assert.rejects(iterator.next(), {
        name: "TimeoutError",
        message: "the map was not done within 1000 ms (3 of at least 5 items done)",
      });
      assert.equal((await iterator.next()).done, true);
      assert.equal(clock.pending(), 0);
    }
  });

  test("D7: a waiting consumer gets the TimeoutError when the time is over", async () => {
    const clock = manualClock();
    const tasks = new ManualTasks<number, number>();
    const stream = tasks.map([1, 2], { timeout: 50, clock });
    const failure = assert.rejects(async () => stream, TimeoutError);
    await turn();
    await clock.advance(50);
    await failure;
  });

  test("D7: all done in time is no timeout, however late it is taken", async () => {
    const clock = manualClock();
    const tasks = new ManualTasks<number, number>();
    const stream = tasks.map([1, 2], { timeout: 50, clock });
    for (const task of tasks.tasks) task.resolve(task.item);
    await clock.advance(1_000);
    assert.deepEqual(await stream, [1, 2]);
    assert.equal(clock.pending(), 0);
  });

  test("a loop too busy for timers keeps the limit all the same", async () => {
    let now = 0;
    const clock = { now: () => now, setTimer: () => ({ cancel() {} }) };
    const tasks = new ManualTasks<number, number>();
    const stream = tasks.map(counter().items, { timeout: 10, buffersize: 2, clock });
    const iterator = stream[Symbol.asyncIterator]();
    for (const task of tasks.tasks) task.resolve(task.item);
    assert.equal((await iterator.next()).value, 0);
    now = 10;
    assert.equal((await iterator.next()).value, 1);
    await assert.rejects(iterator.next(), TimeoutError);
  });

  test("a loop too busy for timers keeps the limit of what was read already, too", async () => {
    let now = 0;
    const clock = { now: () => now, setTimer: () => ({ cancel() {} }) };
    const tasks = new ManualTasks<number, number>();
    const iterator = tasks.map([0, 1], { timeout: 10, clock })[Symbol.asyncIterator]();
    now = 10;
    await assert.rejects(iterator.next(), TimeoutError);
    assert.deepEqual(tasks.calls, ["cancel 0", "cancel 1"]);
  });

  test("the limit alone keeps the process alive only while somebody consumes the stream", async () => {
    const timers: { keepAlive: boolean | undefined; cancelled: boolean }[] = [];
    const clock = {
      now: () => 0,
      setTimer(_callback: () => void, _delay: number, keepAlive?: boolean) {
        const timer = { keepAlive, cancelled: false };
        timers.push(timer);
        return {
          cancel() {
            timer.cancelled = true;
          },
        };
      },
    };
    const tasks = new ManualTasks<number, number>();
    const stream = tasks.map([0], { timeout: 10, clock });
    assert.deepEqual(timers, [{ keepAlive: false, cancelled: false }]);
    const all = Promise.resolve(stream);
    await turn();
    assert.deepEqual(timers, [
      { keepAlive: false, cancelled: true },
      { keepAlive: true, cancelled: false },
    ]);
    tasks.tasks[0]!.resolve(0);
    await all;
    assert.equal(timers[1]?.cancelled, true);
  });

  test("D8: break closes the input, cancels what waits, then aborts what runs", async () => {
    const tasks = new ManualTasks<number, number>();
    const { seen, items } = counter();
    const stream = tasks.map(items, { buffersize: 4 });
    for (const task of tasks.tasks.slice(0, 3)) task.start();
    tasks.tasks[0]!.resolve(0);
    for await (const value of stream) {
      assert.equal(value, 0);
      break;
    }
    assert.deepEqual(seen, { read: 5, closed: 1 });
    assert.deepEqual(tasks.calls, ["cancel 3", "cancel 4", "abort 1", "abort 2"]);
    assert.ok(tasks.tasks.every(({ future }) => future.done()));
  });

  test("D8: a body that throws ends the stream as break does", async () => {
    const tasks = new ManualTasks<number, number>();
    const stream = tasks.map([0, 1]);
    tasks.tasks[0]!.resolve(0);
    const loop = async (): Promise<void> => {
      for await (const value of stream) throw new Error(`body ${value}`);
    };
    await assert.rejects(loop(), /body 0/);
    assert.deepEqual(tasks.calls, ["cancel 1"]);
  });

  test("cancel drops what was not taken; who waits or comes later gets a CancelledError, once", async () => {
    const tasks = new ManualTasks<number, number>();
    const iterated = tasks.map([0, 1, 2]);
    const iterator = iterated[Symbol.asyncIterator]();
    const waiting = iterator.next();
    iterated.cancel("why");
    await assert.rejects(waiting, { name: "CancelledError", cause: "why" });
    assert.equal((await iterator.next()).done, true);
    const later = tasks.map([0]);
    tasks.tasks.at(-1)!.resolve(0);
    later.cancel("why");
    later.cancel("again");
    await assert.rejects(async () => later, { name: "CancelledError", cause: "why" });
  });

  test("cancel after everything was taken changes nothing", async () => {
    const tasks = new ManualTasks<number, number>();
    const stream = tasks.map([0]);
    tasks.tasks[0]!.resolve(5);
    assert.deepEqual(await stream, [5]);
    stream.cancel();
    assert.deepEqual(await stream, [5]);
  });

  test("the signal ends the stream with its reason as cause; before the call, nothing is read", async () => {
    const tasks = new ManualTasks<number, number>();
    const controller = new AbortController();
    const iterator = tasks.map([0, 1], { signal: controller.signal })[Symbol.asyncIterator]();
    tasks.tasks[0]!.resolve(0);
    const first = await iterator.next();
    assert.equal(first.value, 0);
    const waiting = iterator.next();
    controller.abort("tired");
    await assert.rejects(waiting, { name: "CancelledError", cause: "tired" });
    assert.deepEqual(tasks.calls, ["cancel 1"]);

    const { seen, items } = counter();
    const stream = tasks.map(items, { signal: controller.signal });
    assert.equal(seen.read, 0);
    await assert.rejects(async () => stream, { name: "CancelledError", cause: "tired" });
  });

  test("an aborted signal stops a consumer that is behind, though all work is done", async () => {
    const tasks = new ManualTasks<number, number>();
    const controller = new AbortController();
    const iterator = tasks.map([0, 1], { signal: controller.signal })[Symbol.asyncIterator]();
    for (const task of tasks.tasks) task.resolve(task.item);
    assert.equal((await iterator.next()).value, 0);
    controller.abort("tired");
    await assert.rejects(iterator.next(), CancelledError);
  });

  test("await using cancels and waits until tasks and input have ended", async () => {
    const tasks = new ManualTasks<number, number>();
    const stuck = Future.withResolvers<number>({ onAbort: () => {} });
    let closed = false;
    const input = (async function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        await turn();
        closed = true;
      }
    })();
    const manual = new ManualTasks<number, number>();
    Object.assign(manual, {
      submit: (item: number, index: number) => (index === 0 ? stuck.future : tasks.submit(item, index)),
    });
    const stream = manual.map(input, { buffersize: 1 });
    await turn();
    stuck.start();
    let disposed = false;
    const disposal = stream[Symbol.asyncDispose]().then(() => {
      disposed = true;
    });
    await turn();
    await turn();
    await turn();
    assert.deepEqual([disposed, closed], [false, true]);
    stuck.cancelRunning(new CancelledError());
    await disposal;
    assert.equal(disposed, true);
  });
});

describe("rule 4: closing the input", () => {
  test("what its clean-up throws comes out of return, and else becomes a warning", async () => {
    const cleanUp = (): void => {
      throw new Error("clean-up");
    };
    const failing = () =>
      (function* () {
        try {
          for (;;) yield 1;
        } finally {
          cleanUp();
        }
      })();
    const tasks = new ManualTasks<number, number>();
    const stream = tasks.map(failing(), { buffersize: 1 });
    tasks.tasks[0]!.resolve(1);
    const loop = async (): Promise<void> => {
      for await (const _ of stream) break;
    };
    await assert.rejects(loop(), /clean-up/);
    const warnings = await warningsOf(() => {
      tasks.map(failing(), { buffersize: 1 }).cancel();
    });
    assert.match(warnings[0]![0], /the items of a map threw while they were closed/);
    assert.match(warnings[0]![1], /clean-up/);
  });

  test("a generator that ends its own stream is closed when it gives way", async () => {
    const tasks = new ManualTasks<number, number>();
    const holder: { cancel?: () => void } = {};
    let closed = false;
    const input = (function* () {
      try {
        yield 0;
        holder.cancel?.();
        yield 1;
      } finally {
        closed = true;
      }
    })();
    const stream = tasks.map(input, { buffersize: 1 });
    holder.cancel = () => stream.cancel("from within");
    const iterator = stream[Symbol.asyncIterator]();
    tasks.tasks[0]!.resolve(0);
    assert.equal((await iterator.next()).value, 0);
    assert.equal(closed, true);
    assert.equal(tasks.tasks.length, 1);
    await assert.rejects(iterator.next(), { cause: "from within" });
  });

  test("an input that ended by itself is not closed again", async () => {
    let returned = 0;
    const input = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: true as const, value: undefined }),
        return: () => {
          returned += 1;
          return { done: true as const, value: undefined };
        },
      }),
    };
    const stream = new ManualTasks<number, number>().map(input);
    assert.deepEqual(await stream, []);
    stream.cancel();
    assert.equal(returned, 0);
  });
});

describe("rule 5: a bounded queue", () => {
  test("a full queue holds the reading until a task of this stream settles", async () => {
    const tasks = new ManualTasks<number, number>();
    tasks.limit = 2;
    const items = [0, 1, 2, 3, 4];
    const stream = tasks.map(items);
    const all = Promise.resolve(stream);
    for (const item of items) {
      assert.ok(tasks.unsettled.length <= 2);
      assert.equal(tasks.tasks.length, Math.min(item + 2, 5));
      tasks.tasks[item]!.resolve(item);
      await turn();
    }
    assert.deepEqual(await all, items);
  });

  test("a queue that others keep full ends the stream when none of its own tasks can make room", async () => {
    const tasks = new ManualTasks<number, number>();
    tasks.limit = 1;
    const iterator = tasks.map([0, 1])[Symbol.asyncIterator]();
    tasks.tasks[0]!.resolve(0);
    tasks.limit = 0;
    assert.equal((await iterator.next()).value, 0);
    await assert.rejects(iterator.next(), { name: "QueueFullError" });
  });
});

describe("rule 6: failures nobody observed", () => {
  test("those of a stream that nobody consumes are reported as of any future", async () => {
    const tasks = new ManualTasks<number, number>();
    const stream = tasks.map([0, 1], { errors: "settle" });
    tasks.tasks[0]!.reject(new Error("lost"));
    tasks.unobserved.reportAll();
    assert.deepEqual(
      tasks.reports.map(({ name }) => name),
      ["task 0"],
    );
    stream.cancel();
  });

  test("those of a stream that is consumed, however late, or left, are not", async () => {
    for (const use of ["iterate", "await", "cancel", "return"] as const) {
      for (const errors of ["throw", "settle"] as const) {
        const tasks = new ManualTasks<number, number>();
        const stream = tasks.map([0, 1, 2], { errors });
        tasks.tasks[1]!.reject(new Error("early"));
        let consumed: Promise<unknown> = Promise.resolve();
        if (use === "iterate") consumed = Promise.resolve(stream[Symbol.asyncIterator]().next());
        else if (use === "await") consumed = Promise.resolve(stream).catch(() => {});
        else if (use === "cancel") stream.cancel();
        else await stream[Symbol.asyncIterator]().return?.();
        for (const task of tasks.unsettled) task.reject(new Error("late"));
        await consumed.catch(() => {});
        tasks.unobserved.reportAll();
        assert.deepEqual(tasks.reports, [], `${use} ${errors}`);
      }
    }
  });
});

describe("progress and memory", () => {
  test("onProgress counts settled items; the total is the input's length, or as told", async () => {
    const told: MapProgress[] = [];
    const onProgress = (progress: MapProgress): void => {
      told.push(progress);
    };
    const totals: unknown[] = [];
    const inputs: [Iterable<number>, number | undefined][] = [
      [[1, 2], undefined],
      [new Set([1, 2]), undefined],
      [new Uint8Array([1, 2]), undefined],
      [[1, 2].values(), undefined],
      [[1, 2].values(), 2],
    ];
    for (const [items, total] of inputs) {
      const tasks = new ManualTasks<number, number>();
      const stream = tasks.map(items, { onProgress, total, errors: "settle" });
      tasks.tasks[1]!.reject(new Error("no"));
      tasks.tasks[0]!.resolve(1);
      await stream;
      totals.push(told.at(-1)?.total);
    }
    assert.deepEqual(totals, [2, 2, 2, undefined, 2]);
    assert.deepEqual(told.slice(0, 2), [
      { done: 1, failed: 1, started: 2, total: 2 },
      { done: 2, failed: 1, started: 2, total: 2 },
    ]);
  });

  test("an onProgress that throws becomes a warning; the map goes on", async () => {
    const tasks = new ManualTasks<number, number>();
    const warnings = await warningsOf(async () => {
      const stream = tasks.map([1], {
        onProgress: () => {
          throw new Error("bar");
        },
      });
      tasks.tasks[0]!.resolve(1);
      assert.deepEqual(await stream, [1]);
    });
    assert.match(warnings[0]![0], /onProgress of a map threw/);
  });

  test("an onProgress that cancels ends the stream", async () => {
    const tasks = new ManualTasks<number, number>();
    const stream = tasks.map([0, 1, 2], { onProgress: () => stream.cancel("enough") });
    tasks.tasks[1]!.resolve(1);
    assert.deepEqual(tasks.calls, ["cancel 0", "cancel 2"]);
    await assert.rejects(async () => stream, { cause: "enough" });
  });

  test("what was taken is collected while the stream goes on", async () => {
    const tasks = new ManualTasks<number, object>();
    const stream = tasks.map([0, 1, 2]);
    const iterator = stream[Symbol.asyncIterator]();
    const taken = await (async () => {
      const [first] = tasks.tasks.splice(0, 1);
      first!.resolve({});
      const { value } = await iterator.next();
      return [new WeakRef(value as object), new WeakRef(first!.future)];
    })();
    await until(() => {
      globalThis.gc?.();
      return taken.every((reference) => reference.deref() === undefined);
    }, "a result that was taken and its future are collected");
    assert.equal(tasks.unsettled.length, 2);
    stream.cancel();
  });
});
