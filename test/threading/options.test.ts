import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { test } from "node:test";
import {
  currentTask,
  type Future,
  InvalidArgumentError,
  QueueFullError,
  SerializationError,
  ThreadPoolExecutor,
  TimeoutError,
  transfer,
} from "ungil";
import { Gate, manualClock, sharedCells, until } from "ungil/testing";
import { rejectionOf } from "./support/rejection.js";
import {
  add,
  block,
  fail,
  failAtFirst,
  identity,
  overlap,
  poll,
  record,
  spin,
  thread,
} from "./support/tasks.js";

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

test("maxTasksPerWorker: a thread serves so many tasks, then another takes its place", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, maxTasksPerWorker: 3 });
  const threads: number[] = [];
  for (let i = 0; i < 7; i++) threads.push(await pool.submit(thread));
  assert.equal(new Set(threads.slice(0, 3)).size, 1);
  assert.equal(new Set(threads.slice(3, 6)).size, 1);
  assert.equal(new Set(threads).size, 3);
  assert.equal(pool.stats().workers.recycled, 2);
  assert.equal(pool.stats().workers.crashed, 0);
});

test("maxTasksPerWorker: a backlog larger than all workers may serve is done, in chunks too", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2, maxTasksPerWorker: 5 });
  assert.deepEqual(await Promise.all(numbers(23).map((i) => pool.submit(identity, i))), numbers(23));
  assert.ok(pool.stats().workers.started >= 5);
  assert.deepEqual(await pool.map(identity, numbers(20), { chunksize: 8 }), numbers(20));
});

test("maxTasksPerWorker: never more than maxWorkers tasks at once", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2, maxTasksPerWorker: 1 });
  const counts = sharedCells(2);
  const gates = numbers(3).map(() => new Gate());
  const futures = gates.map((gate, i) => pool.submit(poll, gate.cells, i));
  await Promise.all([gates[0]!.arrived(1), gates[1]!.arrived(1)]);
  // whoever would start a third worker too early would do so in this time
  await Promise.all(numbers(8).map(() => Promise.resolve()));
  assert.equal(pool.stats().workers.started, 2);
  gates[0]!.open();
  await gates[2]!.arrived(1);
  for (const gate of gates) gate.open();
  await Promise.all(futures);
  await pool.map(() => 0, numbers(2));
  await Promise.all(numbers(10).map(() => pool.submit(overlap, counts, 200)));
  assert.ok(Atomics.load(counts, 1) <= 2, `${Atomics.load(counts, 1)} at once`);
});

test("maxTasksPerWorker: tasks that are taken back before they begin don't use up a thread", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2, maxTasksPerWorker: 100 });
  const slow = (ms: number): number => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    return ms;
  };
  // a task that keeps its thread from what was sent along with it
  for (let round = 0; round < 6; round++) {
    const futures = numbers(50).map((i) => pool.submit(slow, i === 10 ? 20 : 0));
    await Promise.all(futures);
  }
  const cancelled = numbers(100).map((i) => pool.submit(slow, i === 0 ? 20 : 0));
  for (const future of cancelled.slice(1)) future.cancel();
  await Promise.allSettled(cancelled);
  // 301 tasks and a few of those that were to be cancelled
  const { started } = pool.stats().workers;
  assert.ok(started <= 4 + 2, `${started} threads`);
});

test("maxTasksPerWorker: a shutdown in the middle completes all", async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 2, maxTasksPerWorker: 2 });
  const futures = numbers(15).map((i) => pool.submit(identity, i));
  await pool.shutdown();
  assert.deepEqual(await Promise.all(futures), numbers(15));
  assert.equal(pool.stats().workers.idle, 0);
});

test("maxMemoryPerWorker: a worker that holds too much is replaced after its task", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, maxMemoryPerWorker: 100 * 2 ** 20 });
  const threads = [await pool.submit(thread), await pool.submit(thread)];
  assert.equal(new Set(threads).size, 1);
  await pool.submit(() => {
    (globalThis as { kept?: unknown }).kept = new Uint8Array(150 * 2 ** 20);
  });
  assert.notEqual(await pool.submit(thread), threads[0]);
  assert.equal(pool.stats().workers.recycled, 1);
});

test("maxMemoryPerWorker: not one more task runs on it, even when many wait", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, maxMemoryPerWorker: 100 * 2 ** 20 });
  const hog = pool.submit(() => {
    (globalThis as { kept?: unknown }).kept = new Uint8Array(150 * 2 ** 20);
  });
  const after = numbers(3).map(() =>
    pool.submit(() => (globalThis as { kept?: unknown }).kept === undefined),
  );
  await hog;
  assert.deepEqual(await Promise.all(after), [true, true, true]);
});

test("priorities: names and numbers in one order, equals in order of submission", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const gate = new Gate();
  const order = sharedCells(9);
  const first = pool.submit(block, gate.cells, 0);
  await gate.arrived(1);
  const priorities = ["low", 0.5, "high", -2, "normal", "high", Number.POSITIVE_INFINITY, 1] as const;
  const futures = priorities.map((priority, i) => pool.with({ priority }).submit(record, order, i));
  gate.open();
  await Promise.all([first, ...futures]);
  assert.deepEqual([...order.subarray(1)], [6, 2, 5, 7, 1, 4, 0, 3]);
});

test("maxQueue: one task too many is refused, and the pool is usable afterwards", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, maxQueue: 2, name: "small" });
  const gate = new Gate();
  const futures = [0, 1, 2].map((i) => pool.submit(block, gate.cells, i));
  await gate.arrived(1);
  assert.throws(() => pool.submit(identity, 3), QueueFullError);
  assert.throws(() => pool.submit(identity, 3), /small.*maxQueue: 2/);
  gate.open();
  assert.deepEqual(await Promise.all(futures), [0, 1, 2]);
  assert.equal(await pool.submit(identity, 4), 4);
  assert.equal(pool.stats().submitted, 4, "what was refused is not counted");
});

test("maxQueue: 0 takes as many tasks as there are workers", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2, maxQueue: 0 });
  const gate = new Gate();
  const futures = [pool.submit(block, gate.cells, 0), pool.submit(block, gate.cells, 1)];
  assert.throws(() => pool.submit(identity, 2), QueueFullError);
  gate.open();
  await Promise.all(futures);
});

test("maxQueue: a map waits for room instead of failing", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2, maxQueue: 3 });
  assert.deepEqual(await pool.map(identity, numbers(50)), numbers(50));
  assert.ok(pool.stats().peakQueued <= 5, `${pool.stats().peakQueued} waited at once`);
});

test("maxQueue: a map goes on though others fill the queue in the meantime, in chunks and item by item", async () => {
  for (const options of [{}, { maxTasksPerWorker: 1_000 }]) {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1, maxQueue: 2, ...options });
    const items = async function* (): AsyncGenerator<number> {
      let before: Promise<unknown> | undefined;
      for (let i = 0; i < 4; i++) {
        yield i;
        await before;
        const gate = new Gate();
        const others: Future<number>[] = [];
        // whatever the map has under way is done before the others are
        others.push(pool.submit(block, gate.cells, i));
        await gate.arrived(1);
        for (;;) {
          try {
            others.push(pool.submit(identity, i));
          } catch (error) {
            assert.ok(error instanceof QueueFullError);
            break;
          }
        }
        setImmediate(() => gate.open());
        before = Promise.all(others);
      }
    };
    assert.deepEqual(await pool.map(identity, items(), { chunksize: 1 }), numbers(4));
  }
});

test("tasksPerWorker: asynchronous tasks share a thread", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, tasksPerWorker: 4 });
  const gate = new Gate();
  const futures = numbers(6).map((i) => pool.submit(poll, gate.cells, i));
  await gate.arrived(4);
  assert.equal(pool.stats().running, 4);
  assert.equal(pool.stats().queued, 2);
  gate.open();
  assert.deepEqual(await Promise.all(futures), numbers(6));
  assert.equal(pool.stats().workers.started, 1);
});

test("tasksPerWorker: 1 holds for the tasks of a chunk, whatever their arguments", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const counts = sharedCells(2);
  await pool.map((cells: Int32Array) => cells.length, Array(4).fill(counts));
  await pool.map(overlap, Array(8).fill(counts), { chunksize: 8 });
  assert.equal(Atomics.load(counts, 1), 1);
});

test("chunksize: objects and primitives of one chunk run in their order", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const order = sharedCells(13);
  await pool.submit(identity, 0);
  await pool.map(
    async (item: number | { value: number; cells: Int32Array }, index) => {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (typeof item === "object") {
        Atomics.store(item.cells, Atomics.add(item.cells, 0, 1) + 1, item.value);
        (globalThis as { cells?: Int32Array }).cells = item.cells;
      } else {
        const { cells } = globalThis as unknown as { cells: Int32Array };
        Atomics.store(cells, Atomics.add(cells, 0, 1) + 1, index);
      }
    },
    numbers(12).map((i) => (i % 3 === 0 ? { value: i, cells: order } : i)),
    { chunksize: 12 },
  );
  assert.deepEqual([...order.subarray(1)], numbers(12));
});

test("env: workers see the given environment only", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, env: { COLOUR: "green" } });
  const env = await pool.submit(() => [process.env.COLOUR, process.env.PATH]);
  assert.deepEqual(env, ["green", undefined]);
  assert.equal(process.env.COLOUR, undefined);
});

test("env: by default a copy of this process's, which tasks can't change here", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const path = await pool.submit(() => {
    process.env.UNGIL_TEST = "inside";
    return process.env.PATH;
  });
  assert.equal(path, process.env.PATH);
  assert.equal(process.env.UNGIL_TEST, undefined);
});

test("execArgv: workers get the given Node options", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, execArgv: ["--no-warnings"] });
  assert.deepEqual(await pool.submit(() => process.execArgv), ["--no-warnings"]);
});

test("retries: a failing task runs again, with its attempt's number", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const calls = sharedCells(1);
  const future = pool.with({ retries: 3 }).submit((cells: Int32Array) => {
    const { attempt, id } = currentTask();
    if (Atomics.add(cells, 0, 1) < 2) throw new RangeError(`attempt ${attempt}`);
    return [attempt, id];
  }, calls);
  assert.deepEqual(await future, [3, 1]);
  assert.equal(pool.stats().retried, 2);
  assert.equal(pool.stats().submitted, 1);
});

test("retries: when none is left, the last error is the future's", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const future = pool.with({ retries: 2 }).submit(failAtFirst, sharedCells(1), 99);
  assert.equal((await rejectionOf(future, RangeError)).message, "call 3");
});

test("retries: backoff is a pause in ms, during which the future is pending", async () => {
  const clock = manualClock();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, clock });
  const calls = sharedCells(1);
  const future = pool.with({ retries: { attempts: 1, backoff: 60_000 } }).submit(failAtFirst, calls, 1);
  await until(() => pool.stats().retried === 1, "the first attempt has failed");
  assert.equal(future.state, "pending");
  assert.equal(pool.stats().queued, 1);
  await clock.advance(59_999);
  assert.equal(Atomics.load(calls, 0), 1);
  await clock.advance(1);
  assert.equal(await future, 2);
});

test("retries: backoff may be a function of the attempt and its error", async () => {
  const clock = manualClock();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, clock });
  const asked: [number, string][] = [];
  const backoff = (attempt: number, error: unknown): number => {
    asked.push([attempt, (error as Error).message]);
    return attempt * 1_000;
  };
  const future = pool.with({ retries: { attempts: 2, backoff } }).submit(failAtFirst, sharedCells(1), 2);
  await until(() => asked.length === 1, "it was asked");
  await clock.advance(1_000);
  await until(() => asked.length === 2, "it was asked again");
  await clock.advance(2_000);
  assert.equal(await future, 3);
  assert.deepEqual(asked, [
    [1, "call 1"],
    [2, "call 2"],
  ]);
});

test("retries: a backoff that throws, or answers nonsense, fails the task with that", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const throwing = (): number => {
    throw new SyntaxError("in backoff");
  };
  const future = pool.with({ retries: { attempts: 2, backoff: throwing } }).submit(fail, "no");
  assert.equal((await rejectionOf(future, SyntaxError)).message, "in backoff");
  const wrong = pool.with({ retries: { attempts: 2, backoff: () => Number.NaN } }).submit(fail, "no");
  assert.match((await rejectionOf(wrong, InvalidArgumentError)).message, /backoff/);
  assert.equal(await pool.submit(add, 1, 2), 3);
});

test("retries: a pausing task is cancelled at once", async () => {
  const clock = manualClock();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, clock });
  const future = pool.with({ retries: { attempts: 1, backoff: 60_000 } }).submit(fail, "no");
  await until(() => pool.stats().retried === 1, "the first attempt has failed");
  assert.equal(future.cancel(), true);
  assert.equal(pool.stats().queued, 0);
});

test("transfer: an argument moves, and is detached here", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const bytes = new Uint8Array(1_000).fill(7);
  assert.equal(await pool.submit((array: Uint8Array) => array[999], transfer(bytes)), 7);
  assert.equal(bytes.byteLength, 0);
  const buffer = new ArrayBuffer(64);
  const view = pool.with({ transfer: [buffer] });
  assert.equal(await view.submit((moved: ArrayBuffer) => moved.byteLength, buffer), 64);
  assert.equal(buffer.byteLength, 0);
});

test("transfer: a result moves, and is detached in its worker", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const result = await pool.submit(() => {
    const bytes = new Uint8Array(1_000).fill(9);
    (globalThis as { bytes?: Uint8Array }).bytes = bytes;
    return transfer(bytes);
  });
  assert.equal(result[999], 9);
  assert.equal(await pool.submit(() => (globalThis as { bytes?: Uint8Array }).bytes?.byteLength), 0);
});

test("transfer: what has moved can't be sent again: the task is not tried with empty buffers", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const buffer = new ArrayBuffer(64);
  const view = pool.with({ transfer: [buffer], retries: 1 });
  const future = view.submit((_moved: ArrayBuffer) => {
    throw new RangeError("first");
  }, buffer);
  const error = await rejectionOf(future, SerializationError);
  assert.match(error.message, /moved/);
  assert.ok(error.cause instanceof RangeError);
  assert.equal(await pool.submit(add, 1, 2), 3);
});

test("a SharedArrayBuffer is shared: both sides see each other's writes", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const cells = sharedCells(2);
  Atomics.store(cells, 0, 5);
  assert.equal(
    await pool.submit((shared: Int32Array) => {
      Atomics.store(shared, 1, 6);
      return Atomics.load(shared, 0);
    }, cells),
    5,
  );
  assert.equal(Atomics.load(cells, 1), 6);
});

test("arguments that can't be cloned fail their task only, and the function still arrives with the next", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const kind = (value: unknown): string => typeof value;
  const bad = pool.submit(kind, Promise.resolve());
  assert.match((await rejectionOf(bad, SerializationError)).message, /Promise/);
  assert.equal(await pool.submit(kind, 1), "number");
  assert.equal(pool.stats().workers.started, 1, "and it cost no worker");
});

test("arguments that can't be cloned, in the middle of a chunk, fail their item only", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const items = [1, Promise.resolve(), { x: 1 }, new WeakMap(), 5];
  const results = await pool.map((item: unknown) => typeof item, items, { chunksize: 5, errors: "settle" });
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled", "rejected", "fulfilled"],
  );
  assert.equal(pool.stats().workers.started, 1);
});

test("currentTask: id, attempt, and progress in order", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const gate = new Gate();
  const future = pool.with({ name: "steps" }).submit(async (cells: Int32Array) => {
    while (Atomics.load(cells, 0) === 0) await new Promise<void>((resolve) => setImmediate(resolve));
    const task = currentTask();
    for (const step of [1, 2, 3]) task.report(step);
    task.report({ at: new Date(0), error: new RangeError("a report") });
    return [task.id, task.attempt, task.cancelled, task.signal.aborted];
  }, gate.cells);
  const seen: unknown[] = [];
  const listening = (async () => {
    for await (const report of future.progress) seen.push(report);
  })();
  gate.open();
  assert.deepEqual(await future, [1, 1, false, false]);
  await listening;
  assert.deepEqual(seen.slice(0, 3), [1, 2, 3]);
  const last = seen[3] as { at: Date; error: Error };
  assert.deepEqual(last.at, new Date(0));
  assert.ok(last.error instanceof RangeError);
});

test("currentTask: a report that can't be sent throws where it is made", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const name = await pool.submit(() => {
    try {
      currentTask().report(Promise.resolve());
      return "nothing";
    } catch (error) {
      return (error as Error).name;
    }
  });
  assert.equal(name, "SerializationError");
});

test("currentTask: what a finished task still reports is dropped, and not taken for another's", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  await pool.submit(() => {
    const task = currentTask();
    (globalThis as { late?: () => unknown }).late = () => {
      task.report("late");
      return task.cancelled;
    };
  });
  const future = pool.submit(async () => {
    await new Promise<void>((resolve) => setImmediate(resolve));
    const cancelled = (globalThis as { late?: () => unknown }).late?.();
    currentTask().report("own");
    return cancelled;
  });
  const seen: unknown[] = [];
  for await (const report of future.progress) seen.push(report);
  assert.deepEqual(seen, ["own"]);
  assert.equal(await future, false);
});

test("stats: numbers that add up, frozen", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2, name: "counted" });
  const gate = new Gate();
  const running = [pool.submit(block, gate.cells, 0), pool.submit(block, gate.cells, 1)];
  await gate.arrived(2);
  const waiting = [pool.submit(add, 1, 2), pool.submit(fail, "no"), pool.submit(add, 1, 2)];
  waiting[2]!.cancel();
  const during = pool.stats();
  assert.deepEqual(
    [during.name, during.kind, during.state, during.queued, during.running, during.submitted],
    ["counted", "thread", "running", 2, 2, 5],
  );
  assert.deepEqual(during.workers, {
    starting: 0,
    idle: 0,
    busy: 2,
    peak: 2,
    started: 2,
    crashed: 0,
    recycled: 0,
  });
  assert.ok(Object.isFrozen(during) && Object.isFrozen(during.workers) && Object.isFrozen(during.waitTime));
  gate.open();
  await Promise.allSettled([...running, ...waiting]);
  const after = pool.stats();
  assert.deepEqual(
    [after.completed, after.failed, after.cancelled, after.queued, after.running, after.peakQueued],
    [3, 1, 1, 0, 0, 3],
  );
  assert.equal(after.runTime.count, 4);
  assert.equal(after.waitTime.count, 4);
  assert.ok(after.waitTime.p50 <= after.waitTime.p99 && after.waitTime.p99 <= after.waitTime.max * 1.01);
});

test("diagnostics channels tell every step of a task and a worker", async () => {
  const seen: string[] = [];
  const listeners = ["task:submit", "task:start", "task:end", "task:retry", "task:cancel"]
    .concat("worker:spawn", "worker:ready", "worker:exit")
    .map((name) => {
      const channel = `ungil:${name}`;
      const listener = (message: unknown): void => {
        const { executor, id, attempt } = message as { executor: string; id?: number; attempt?: number };
        if (executor === "observed") seen.push(id === undefined ? name : `${name} ${id}.${attempt}`);
      };
      subscribe(channel, listener);
      return () => unsubscribe(channel, listener);
    });
  try {
    const pool = new ThreadPoolExecutor({ maxWorkers: 1, name: "observed" });
    await pool.with({ retries: 1 }).submit(failAtFirst, sharedCells(1), 1);
    pool.submit(add, 1, 2).cancel();
    await pool.shutdown();
  } finally {
    for (const stop of listeners) stop();
  }
  assert.deepEqual(seen, [
    // the first thread starts while the function is captured
    "worker:spawn",
    "task:submit 1.1",
    "worker:ready",
    "task:start 1.1",
    "task:end 1.1",
    "task:retry 1.1",
    "task:start 1.2",
    "task:end 1.2",
    "task:submit 2.1",
    "task:cancel 2.1",
    "worker:exit",
  ]);
});

test("timeout and deadline in one: the deadline ends what the timeout would try again", async () => {
  const clock = manualClock();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, clock, grace: 1_000 });
  const gate = new Gate();
  const view = pool.with({ timeout: 100, deadline: 500, retries: 5 });
  const future = view.submit(spin, gate.cells);
  await gate.arrived(1);
  // the timeout has passed, and then, within the grace, the deadline
  await clock.advance(500);
  await clock.advance(1_000);
  assert.match((await rejectionOf(future, TimeoutError)).message, /deadline of 500 ms/);
  assert.equal(gate.arrivals, 1);
  assert.equal(pool.stats().retried, 0);
});
