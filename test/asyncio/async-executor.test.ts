import assert from "node:assert/strict";
import { test } from "node:test";
import { AsyncExecutor, CancelledError, currentTask, TimeoutError, WorkerExitError } from "ungil";
import { manualClock, until } from "ungil/testing";

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A promise and what settles it: a gate for tasks on this thread. */
function gate(): { readonly opened: Promise<void>; open: () => void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

async function errorOf(promise: PromiseLike<unknown>): Promise<Error> {
  return await Promise.resolve(promise).then(
    () => assert.fail("should have failed"),
    (error: Error) => error,
  );
}

test("at most maxWorkers tasks are in flight, in the order of their submission", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 3 });
  const started: number[] = [];
  const gates = numbers(6).map(gate);
  const futures = gates.map(({ opened }, i) =>
    executor.submit(async () => {
      started.push(i);
      await opened;
      return i;
    }),
  );
  await turn();
  assert.deepEqual(started, [0, 1, 2]);
  assert.deepEqual(
    [executor.stats().running, executor.stats().queued, executor.stats().kind],
    [3, 3, "async"],
  );
  gates[1]!.open();
  await futures[1];
  await turn();
  assert.deepEqual(started, [0, 1, 2, 3]);
  for (const { open } of gates) open();
  assert.deepEqual(await Promise.all(futures), numbers(6));
});

test("a task starts after submit has returned", async () => {
  await using executor = new AsyncExecutor();
  let started = false;
  const future = executor.submit(() => {
    started = true;
  });
  assert.equal(started, false);
  await future;
  assert.equal(started, true);
});

test("twenty thousand synchronous tasks take no stack", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 2 });
  const futures = numbers(20_000).map((i) => executor.submit((x: number) => x, i));
  assert.deepEqual(await Promise.all(futures), numbers(20_000));
  assert.deepEqual(await executor.map((x) => x, numbers(5_000), { buffersize: 5_000 }), numbers(5_000));
});

test("a task that fails a thousand times takes no stack", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 1 });
  let calls = 0;
  const future = executor.with({ retries: 5_000 }).submit(() => {
    if (++calls <= 5_000) throw new RangeError(`call ${calls}`);
    return calls;
  });
  assert.equal(await future, 5_001);
});

test("nothing is copied: arguments, results and errors are the same objects", async () => {
  await using executor = new AsyncExecutor();
  const object = { fn: () => 1, self: undefined as unknown };
  object.self = object;
  assert.equal(await executor.submit((value: unknown) => value, object), object);
  const error = new RangeError("own");
  const failed = executor.submit(() => {
    throw error;
  });
  assert.equal(await errorOf(failed), error);
});

test("a thenable that misbehaves fails its own task only", async () => {
  await using executor = new AsyncExecutor();
  const hostile = {
    // oxlint-disable-next-line unicorn/no-thenable -- that is the point
    get then(): never {
      throw new RangeError("in the getter");
    },
  };
  assert.equal((await errorOf(executor.submit(() => hostile))).message, "in the getter");
  // oxlint-disable-next-line unicorn/no-thenable -- that is the point
  const twice = { then: (resolve: (x: number) => void) => (resolve(1), resolve(2)) };
  assert.equal(await executor.submit(() => twice as unknown as Promise<number>), 1);
  assert.equal(await executor.submit(() => 3), 3);
});

test("the `then` of what a task returns is code of that task", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 2 });
  const answer = () => {
    const { id } = currentTask();
    return {
      // oxlint-disable-next-line unicorn/no-thenable -- that is the point
      then: (resolve: (same: boolean) => void) => resolve(currentTask().id === id),
    };
  };
  const submitted = numbers(10).map(() => executor.submit(answer));
  assert.deepEqual(
    await Promise.all(submitted),
    numbers(10).map(() => true),
  );
  assert.deepEqual(
    await executor.map(answer, numbers(10)),
    numbers(10).map(() => true),
  );
});

test("a promise that answers again, or late, settles no other task", async () => {
  const clock = manualClock();
  await using executor = new AsyncExecutor({ maxWorkers: 1, grace: 1_000, clock });
  const [first, second, third] = [gate(), gate(), gate()];
  const left = executor.with({ timeout: 100 }).submit(() => first.opened);
  await clock.advance(100);
  await clock.advance(1_000);
  assert.ok((await errorOf(left)) instanceof TimeoutError);
  let again!: () => void;
  const twice = executor.submit(() =>
    Object.assign(Promise.resolve(), {
      // oxlint-disable-next-line unicorn/no-thenable -- that is the point
      then: (resolve: (value: string) => void) => {
        again = () => resolve("again");
        resolve("once");
      },
    }),
  );
  assert.equal(await twice, "once");
  const next = executor.submit(async () => (await second.opened, "next"));
  const last = executor.submit(async () => (await third.opened, "last"));
  await turn();
  first.open();
  again();
  await turn();
  assert.deepEqual([next.state, last.state], ["running", "pending"]);
  second.open();
  assert.equal(await next, "next");
  again();
  await turn();
  assert.equal(last.state, "running");
  third.open();
  assert.equal(await last, "last");
});

test("a map that never lets the event loop run ends at its timeout", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 2 });
  function* endless(): Generator<number> {
    for (let i = 0; ; i++) yield i;
  }
  const never = executor.map((x: number) => x, endless(), { timeout: 20 });
  assert.ok((await errorOf(never)) instanceof TimeoutError);
  let runs = 0;
  const busy = executor.map(
    () => {
      runs++;
      for (const end = performance.now() + 2; performance.now() < end; );
    },
    numbers(200),
    { timeout: 20 },
  );
  assert.ok((await errorOf(busy.then(() => {}))) instanceof TimeoutError);
  assert.ok(runs < 200, `${runs} items have run`);
});

test("a map with a signal that has aborted runs nothing and says so", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 1 });
  let runs = 0;
  const view = executor.with({ signal: AbortSignal.abort("no") });
  const error = await errorOf(view.map(() => runs++, [1, 2]));
  assert.ok(error instanceof CancelledError);
  assert.deepEqual([error.cause, runs], ["no", 0]);
});

test("abort: the task's signal aborts with the reason; it settles when it has stopped", async () => {
  await using executor = new AsyncExecutor({ grace: 60_000 });
  const seen: unknown[] = [];
  const stopped = gate();
  const future = executor.submit(async () => {
    const { signal } = currentTask();
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    seen.push(signal.reason, currentTask().cancelled);
    await stopped.opened;
    return "too late";
  });
  await until(() => future.running(), "it runs");
  await turn();
  future.abort("enough");
  await turn();
  assert.deepEqual(seen, ["enough", true]);
  assert.equal(future.state, "running");
  stopped.open();
  const error = await errorOf(future);
  assert.ok(error instanceof CancelledError);
  assert.equal(error.cause, "enough");
});

test("grace: code that does not stop is left behind, its place is free and its result dropped", async () => {
  const clock = manualClock();
  await using executor = new AsyncExecutor({ maxWorkers: 1, grace: 1_000, clock });
  const late = gate();
  const future = executor.with({ timeout: 100 }).submit(async () => {
    await late.opened;
    return "too late";
  });
  const next = executor.submit(() => "next");
  await clock.advance(100);
  assert.equal(future.state, "running");
  await clock.advance(1_000);
  assert.ok((await errorOf(future)) instanceof TimeoutError);
  assert.equal(await next, "next");
  late.open();
  await turn();
  assert.equal(future.state, "finished");
  assert.equal(executor.stats().completed, 1);
  assert.equal(clock.pending(), 0);
});

test("terminate: running tasks fail at once, waiting ones are cancelled, late answers are dropped", async () => {
  const executor = new AsyncExecutor({ maxWorkers: 1 });
  const late = gate();
  const running = executor.submit(() => late.opened);
  const waiting = executor.submit(() => 1);
  await turn();
  const ends = Promise.all([errorOf(running), errorOf(waiting)]);
  await executor.terminate();
  const [first, second] = await ends;
  assert.ok(first instanceof WorkerExitError);
  assert.equal(first.reason, "terminated");
  assert.ok(second instanceof CancelledError);
  late.open();
  await turn();
  assert.equal(executor.stats().state, "shut-down");
});

test("terminate right after shutdown({ wait: false }) ends once", async () => {
  const { subscribe, unsubscribe } = await import("node:diagnostics_channel");
  const exits: unknown[] = [];
  const note = (message: unknown): void => {
    if ((message as { executor: string }).executor === "once") exits.push(message);
  };
  subscribe("ungil:worker:exit", note);
  try {
    const executor = new AsyncExecutor({ name: "once" });
    await executor.submit(() => 1);
    void executor.shutdown({ wait: false });
    await executor.terminate();
  } finally {
    unsubscribe("ungil:worker:exit", note);
  }
  assert.equal(exits.length, 1);
});

test("currentTask is each task's own across awaits", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 10 });
  const ids = await Promise.all(
    numbers(10).map(() =>
      executor.submit(async () => {
        const { id } = currentTask();
        for (let i = 0; i < 3; i++) await turn();
        return [id, currentTask().id];
      }),
    ),
  );
  for (const [before, after] of ids) assert.equal(before, after);
  assert.equal(new Set(ids.map(([id]) => id)).size, 10);
  assert.throws(() => currentTask(), /inside a task/);
});

test("E5: a task may wait for what it submits, with one place", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 1 });
  const fib = async (n: number): Promise<number> => {
    if (n < 2) return n;
    const parts = [executor.submit(fib, n - 1), executor.submit(fib, n - 2)];
    const [a, b] = await Promise.all(parts);
    return (a as number) + (b as number);
  };
  assert.equal(await executor.submit(fib, 12), 144);
  const own = await executor.submit(async () => await currentTask().executor.map((x) => x + 1, [1, 2]));
  assert.deepEqual(own, [2, 3]);
});

test("maxQueue counts what waits beyond maxWorkers", async () => {
  await using executor = new AsyncExecutor({ maxWorkers: 2, maxQueue: 1 });
  const held = gate();
  const futures = numbers(3).map((i) => executor.submit(async () => (await held.opened, i)));
  assert.throws(() => executor.submit(() => 4), /maxQueue: 1/);
  held.open();
  assert.deepEqual(await Promise.all(futures), [0, 1, 2]);
});

test("an executor can't be sent to a thread, and says so", async () => {
  const { ThreadPoolExecutor } = await import("ungil");
  await using executor = new AsyncExecutor({ name: "local" });
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  assert.throws(() => pool.submit(() => executor.submit(() => 1)), /local.*can't be sent/);
});

test("callbacks that cancel others while their executor ends settle each future once", async () => {
  const executor = new AsyncExecutor({ maxWorkers: 5 });
  const futures = numbers(5).map(() => executor.submit(() => new Promise(() => {})));
  await turn();
  const settled = futures.map(() => 0);
  for (const [i, future] of futures.entries()) {
    future.onDone(() => {
      settled[i] = (settled[i] ?? 0) + 1;
      for (const other of futures) other.abort("me first");
    });
    future.then(undefined, () => {});
  }
  await executor.terminate();
  assert.deepEqual(settled, [1, 1, 1, 1, 1]);
});

test("a task that would wait for its own executor's end is told so, instead of waiting for ever", async () => {
  await using executor = new AsyncExecutor();
  await using other = new AsyncExecutor();
  const error = await executor.submit(() => executor.shutdown()).exception();
  assert.match((error as Error).message, /shutdown\(\{ wait: false \}\)/);
  const around = await executor.submit(() => other.submit(() => executor.shutdown())).exception();
  assert.match((around as Error).message, /shutdown\(\{ wait: false \}\)/);
  assert.equal(await executor.submit(() => 1), 1, "the executor goes on");
  await other.submit(() => executor.shutdown());
  assert.equal(executor.stats().state, "shut-down");
});

test("what a callback of the user's takes is no run time of the task after", async () => {
  const compute = (): void => {
    const end = performance.now() + 50;
    while (performance.now() < end);
  };
  const backoff = (): number => {
    compute();
    return 0;
  };
  await using executor = new AsyncExecutor({ maxWorkers: 1 });
  const failing = executor.with({ retries: { attempts: 2, backoff } });
  await Promise.allSettled(
    numbers(6).map(() =>
      failing.submit(async () => {
        await Promise.resolve();
        throw new Error("again");
      }),
    ),
  );
  // half of the attempts: some may lose the core for that long
  assert.ok(executor.stats().runTime.p50 < 25);
});
