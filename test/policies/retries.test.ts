import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AsyncExecutor,
  type Clock,
  currentTask,
  InvalidArgumentError,
  type RetryOptions,
  ThreadPoolExecutor,
  TimeoutError,
  WorkerExitError,
} from "ungil";
import { Gate, manualClock, until } from "ungil/testing";
import { rejectionOf } from "../threading/support/rejection.js";
import { block } from "../threading/support/tasks.js";

const limit = { timeout: 60_000 };

/** The pauses that an executor makes between so many failing attempts, in ms. */
async function pausesOf(retries: RetryOptions, random?: () => number): Promise<number[]> {
  const clock = { ...manualClock(), ...(random && { random }) };
  const executor = new AsyncExecutor({ clock });
  const times: number[] = [];
  const future = executor.with({ retries }).submit(() => {
    times.push(clock.now());
    throw new Error(`attempt ${currentTask().attempt}`);
  });
  void future.exception();
  for (let step = 0; step < 5_000 && !future.done(); step++) await clock.advance(1);
  assert.equal(times.length, retries.attempts + 1);
  await executor.shutdown();
  return times.slice(1).map((time, i) => time - times[i]!);
}

test("retries: factor makes each pause longer, up to maxBackoff", limit, async () => {
  assert.deepEqual(await pausesOf({ attempts: 5, backoff: 10, factor: 2 }), [10, 20, 40, 80, 160]);
  assert.deepEqual(
    await pausesOf({ attempts: 5, backoff: 10, factor: 3, maxBackoff: 50 }),
    [10, 30, 50, 50, 50],
  );
  assert.deepEqual(
    await pausesOf({ attempts: 3, backoff: (attempt) => attempt * 40, maxBackoff: 90 }),
    [40, 80, 90],
  );
});

test(
  "retries: jitter leaves a part of each pause to chance, by the clock's source of it",
  limit,
  async () => {
    const numbers = [0, 0.5, 0.75];
    const random = (): number => numbers.shift()!;
    assert.deepEqual(await pausesOf({ attempts: 3, backoff: 100, jitter: 0.4 }, random), [100, 80, 70]);
    const full = await pausesOf({ attempts: 20, backoff: 100, jitter: 1 });
    assert.ok(full.every((pause) => pause >= 0 && pause <= 101));
    assert.ok(new Set(full).size > 3, `spread: ${full.join()}`);
  },
);

test("retries: bad options are told by name, from with", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const bad: [RetryOptions, RegExp][] = [
    [{ attempts: 1, factor: 0.5 }, /retries\.factor/],
    [{ attempts: 1, factor: Number.POSITIVE_INFINITY }, /retries\.factor must be a finite number/],
    [
      { attempts: 1, backoff: Number.POSITIVE_INFINITY },
      /retries\.backoff must be a time in ms, 0 or more and finite/,
    ],
    [{ attempts: 1, maxBackoff: -1 }, /retries\.maxBackoff/],
    [{ attempts: 1, jitter: 1.5 }, /retries\.jitter/],
    [{ attempts: 1, jitter: Number.NaN }, /retries\.jitter/],
    [{ attempts: 1, backoff: "1s" as never }, /retries\.backoff/],
  ];
  for (const [retries, message] of bad)
    assert.throws(() => pool.with({ retries }), { name: InvalidArgumentError.name, message });
});

test("retries: every pause ends, however it grows; one that would not is refused", limit, async () => {
  const delays: number[] = [];
  const clock: Clock = {
    now: () => 0,
    setTimer(callback, delay) {
      // the others are for idle workers
      if (delay >= 1e300 && delay < Number.POSITIVE_INFINITY) {
        delays.push(delay);
        queueMicrotask(callback);
      }
      return { cancel() {} };
    },
  };
  const executor = new AsyncExecutor({ clock });
  const failing = (): never => {
    throw new RangeError("no");
  };
  const growing = { attempts: 3, backoff: 1e300, factor: 1e300, maxBackoff: Number.POSITIVE_INFINITY };
  await rejectionOf(executor.with({ retries: growing }).submit(failing), RangeError);
  assert.deepEqual(delays, [1e300, Number.MAX_VALUE, Number.MAX_VALUE]);
  for (const answer of [Number.POSITIVE_INFINITY, Number.NaN, -1]) {
    const refused = executor.with({ retries: { attempts: 1, backoff: () => answer } }).submit(failing);
    assert.match(
      (await rejectionOf(refused, InvalidArgumentError)).message,
      /returns a time in ms, 0 or more and finite/,
    );
  }
});

test("retries: the error of a bad function for pauses has the task's own as its cause", limit, async () => {
  await using executor = new AsyncExecutor();
  const failing = (): never => {
    throw new RangeError("own");
  };
  const throwing = (): never => {
    throw new EvalError("pauses");
  };
  for (const [backoff, expected] of [
    [() => -1, InvalidArgumentError],
    [throwing, EvalError],
  ] as const) {
    const future = executor.with({ retries: { attempts: 2, backoff } }).submit(failing);
    const { cause } = await rejectionOf<Error>(future, expected);
    assert.ok(cause instanceof RangeError);
    assert.equal(cause.message, "own");
  }
  const rethrown = executor.with({
    retries: {
      attempts: 2,
      backoff: (_attempt, error): never => {
        throw error;
      },
    },
  });
  assert.equal((await rejectionOf(rethrown.submit(failing), RangeError)).cause, undefined);
});

test("deadline: what a task submits has to be done by the task's own deadline", limit, async () => {
  const clock = manualClock();
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2, clock, grace: 0 });
  const cells = new Int32Array(new SharedArrayBuffer(8));
  const outer = pool.with({ deadline: 1_000, name: "outer" }).submit(async (shared: Int32Array) => {
    const nested = currentTask()
      .executor.with({ name: "inner" })
      .submit((inner: Int32Array) => {
        Atomics.add(inner, 0, 1);
        Atomics.wait(inner, 1, 0);
      }, shared);
    const error: unknown = await nested.exception();
    Atomics.store(shared, 0, 10);
    return (error as Error).message;
  }, cells);
  await until(() => cells[0] === 1, "the nested task runs");
  await clock.advance(999);
  assert.equal(outer.state, "running");
  await clock.advance(1);
  await rejectionOf(outer, TimeoutError);
  await until(() => pool.stats().running === 0, "nothing runs any more");
});

test(
  "deadline: a nested task keeps its own where that is earlier, and later ones are cut",
  limit,
  async () => {
    const clock = manualClock();
    await using executor = new AsyncExecutor({ maxWorkers: 4, clock, grace: 0 });
    const never = (): Promise<never> => new Promise(() => {});
    const told: string[] = [];
    const outer = executor.with({ deadline: 500, name: "outer" }).submit(async () => {
      const inside = currentTask().executor;
      const early = inside.with({ deadline: 100, name: "early" }).submit(never);
      const late = inside.with({ deadline: 5_000, name: "late" }).submit(never);
      for (const each of [early, late]) each.onDone(async () => told.push(String(await each.exception())));
      await Promise.allSettled([early, late]);
    });
    void outer.exception();
    await clock.advance(100);
    assert.match(told[0]!, /early missed its deadline of 100 ms/);
    assert.equal(told.length, 1);
    await clock.advance(400);
    await clock.advance(1);
    assert.equal(told.length, 2);
    assert.match(told[1]!, /late missed the deadline of outer, which submitted it/);
    await rejectionOf(outer, TimeoutError);
  },
);

test("deadline: all chunks of a map keep that of the task that called it", limit, async () => {
  const clock = manualClock();
  await using executor = new AsyncExecutor({ maxWorkers: 1, clock, grace: 60_000 });
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, clock, grace: 0 });
  const gate = new Gate();
  const { cells } = gate;
  let told: unknown;
  const outer = executor.with({ deadline: 1_000, name: "outer" }).submit(async () => {
    const stream = pool.map((item) => (item === 0 ? item : block(cells, item)), [0, 1, 2], { chunksize: 1 });
    await stream.then(
      () => {},
      (error: unknown) => {
        told = error;
      },
    );
  });
  const missed = rejectionOf(outer, TimeoutError);
  await gate.arrived(1);
  assert.equal(pool.stats().completed, 1);
  await clock.advance(1_000);
  await clock.advance(1);
  await until(() => told !== undefined, "the map has ended");
  assert.ok(told instanceof TimeoutError);
  assert.match(told.message, /missed the deadline of outer, which submitted it/);
  await missed;
});

test(
  "deadline: it holds for what a task submits to an executor that it made in its worker",
  limit,
  async () => {
    // time stands still for the task itself: what is inside goes by the worker's clock, from what is left
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1, clock: manualClock() });
    const view = pool.with({ context: "carried" });
    assert.match(
      await view.with({ deadline: 100 }).submit(nestedInOwnExecutor, true),
      /missed the deadline of the task that submitted it/,
    );
    assert.equal(await view.with({ deadline: 3_600_000 }).submit(nestedInOwnExecutor, false), "carried");
    assert.equal(await view.submit(nestedInOwnExecutor, false), "carried");
  },
);

/** What a task says that was submitted to an executor which this one makes. */
async function nestedInOwnExecutor(waits: boolean): Promise<string> {
  await using own = new AsyncExecutor({ grace: 0 });
  const inner = own.submit(async () => {
    if (waits) await new Promise(() => {});
    return String(currentTask().context);
  });
  const error: unknown = await inner.exception();
  return error === null ? inner : String(error);
}

test("deadline: during a pause it tells what the last attempt failed with", limit, async () => {
  const clock = manualClock();
  await using executor = new AsyncExecutor({ clock });
  const future = executor
    .with({ deadline: 1_000, retries: { attempts: 5, backoff: 600 } })
    .submit((): never => {
      throw new RangeError(`no, ${currentTask().attempt} times`);
    });
  const failed = rejectionOf(future, TimeoutError);
  await clock.advance(1_000);
  const { cause } = await failed;
  assert.ok(cause instanceof RangeError);
  assert.equal(cause.message, "no, 2 times");
});

test(
  "a task that ends one worker after the other is not tried for ever: maxCrashesPerTask",
  limit,
  async () => {
    await using pool = new ThreadPoolExecutor({
      maxWorkers: 2,
      onWorkerCrash: "retry",
      maxCrashesPerTask: 2,
    });
    const runs = new Int32Array(new SharedArrayBuffer(4));
    const poison = pool.with({ retries: 50, name: "poison" }).submit((cells: Int32Array): never => {
      Atomics.add(cells, 0, 1);
      process.exit(9);
    }, runs);
    const others = Array.from({ length: 200 }, (_, i) => pool.submit((value: number) => value * 2, i));
    const error = await rejectionOf(poison, WorkerExitError);
    assert.match(error.message, /poison was running on 2 workers that died.*exit code 9.*maxCrashesPerTask/);
    assert.equal(error.exitCode, 9);
    assert.ok(error.cause instanceof WorkerExitError);
    assert.equal(runs[0], 2);
    assert.deepEqual(
      await Promise.all(others),
      others.map((_, i) => i * 2),
    );
    assert.equal(pool.stats().workers.crashed, 2);
  },
);

test("maxCrashesPerTask: by default three; fewer retries end it as ever", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, onWorkerCrash: "retry" });
  const crash = (cells: Int32Array): never => {
    Atomics.add(cells, 0, 1);
    process.exit(1);
  };
  const three = new Int32Array(new SharedArrayBuffer(4));
  const error = await rejectionOf(pool.with({ retries: 10 }).submit(crash, three), WorkerExitError);
  assert.match(error.message, /maxCrashesPerTask/);
  assert.equal(three[0], 3);
  await using once = new ThreadPoolExecutor({
    maxWorkers: 1,
    onWorkerCrash: "retry",
    maxCrashesPerTask: 1,
  });
  const one = await rejectionOf(
    once.with({ retries: 10, name: "poison" }).submit(crash, new Int32Array(three.buffer)),
    WorkerExitError,
  );
  assert.match(
    one.message,
    /^poison was running on a worker that died because exit code 1: it is not tried again/,
  );
  const two = new Int32Array(new SharedArrayBuffer(4));
  const usual = await rejectionOf(pool.with({ retries: 1 }).submit(crash, two), WorkerExitError);
  assert.doesNotMatch(usual.message, /maxCrashesPerTask/);
  assert.equal(two[0], 2);
});
