// Misuse throws from the call: class, code, argument, value, remedy; nothing is queued, and the executor goes on.
import assert from "node:assert/strict";
import { Socket } from "node:net";
import { after, describe, test } from "node:test";
import {
  AsyncExecutor,
  asCompleted,
  BrokenThreadPoolError,
  CaptureError,
  createTaskStream,
  drainStream,
  type Executor,
  type ExecutorOptions,
  Future,
  InlineExecutor,
  InvalidArgumentError,
  QueueFullError,
  reduceStream,
  SerializationError,
  ShutdownError,
  ThreadPoolExecutor,
  task,
  transfer,
  UnobservedFailures,
  WorkerExitError,
  wait,
} from "ungil";
import { formatTaskTree, TaskGroup } from "ungil/asyncio";
import { Pipe, Array as ProcessArray } from "ungil/multiprocessing";
import { NativeExecutor } from "ungil/native";
import { manualClock } from "ungil/testing";
import { add, identity } from "./fixtures/classes.js";
import { thrownBy } from "./support/failures.js";

const makers: Record<string, new (options: ExecutorOptions) => Executor> = {
  ThreadPoolExecutor,
  AsyncExecutor,
  InlineExecutor,
};

/** Asserts that a call throws an InvalidArgumentError that says all. */
function assertRefused(call: () => unknown, argument: string, value: unknown, expected: RegExp): void {
  const error = thrownBy(call);
  assert.ok(error instanceof InvalidArgumentError, String(error));
  assert.equal(error.code, "ERR_UNGIL_INVALID_ARGUMENT");
  assert.equal(error.argument, argument);
  assert.ok(Object.is(error.value, value), "the value is the one given");
  assert.ok(error.message.startsWith(`${argument} must be `), error.message);
  assert.match(error.message, expected);
  assert.match(error.message, /, got .+$/);
  assert.match(error.stack ?? "", /bad-input\.test/);
}

const wholeNumber = /a whole number of at least \d/;
const time = /a time in ms, 0 or more \(Infinity for no limit\)/;
const fn = /a function, got/;

/** Bad values of each option of an executor, with what the message says is wanted. */
const badOptions: [option: string, values: unknown[], expected: RegExp][] = [
  ["maxWorkers", [0, -1, 1.5, "4", Number.NaN, Number.POSITIVE_INFINITY, null, 4n, {}], wholeNumber],
  ["minWorkers", [-1, 0.5, "1", Number.NaN, null], wholeNumber],
  ["tasksPerWorker", [0, -1, 2.5, "2", Number.NaN], wholeNumber],
  ["maxTasksPerWorker", [0, -1, 1.5, "1", Number.NaN], /a whole number of at least 1, or Infinity/],
  ["maxMemoryPerWorker", [0, -1, 1.5, "1gb"], /a whole number of at least 1, or Infinity/],
  ["maxQueue", [-1, 0.5, "10", Number.NaN, null], /a whole number of at least 0, or Infinity/],
  ["idleTimeout", [-1, "10s", Number.NaN, null], time],
  ["grace", [-1, "500", Number.NaN], time],
  ["name", [7, null, {}, Symbol("n")], /a string/],
  ["onWorkerCrash", ["ignore", "", null, 1], /one of "fail-task", "retry", "fail-pool"/],
  ["onUnobserved", ["log", {}, null], fn],
  [
    "clock",
    [{}, null, 1, { now: () => 0 }, { ...manualClock(), random: 5 }],
    /a Clock, with the methods now and setTimer/,
  ],
];

const badThreadOptions: [option: string, values: unknown[], expected: RegExp][] = [
  ["initializer", ["x", {}, null, 1], fn],
  ["initargs", ["ab", {}, null, 1], /an array/],
  ["initializerTimeout", [-1, "1", Number.NaN], time],
  ["env", ["A=1", null, 1, ["A=1"]], /an object of strings/],
  ["execArgv", ["--x", {}, null, [1]], /an array of strings/],
  ["resourceLimits", [1, null, "64mb", [64]], /an object as of worker_threads/],
  ["spin", ["yes", 1, null], /true or false/],
];

for (const [name, Maker] of Object.entries(makers)) {
  const make = (options: object): Executor => new Maker(options);

  describe(`${name}: options`, () => {
    for (const [option, values, expected] of [
      ...badOptions,
      ...(Maker === ThreadPoolExecutor ? badThreadOptions : []),
    ]) {
      test(`a bad ${option} is refused`, () => {
        for (const value of values) assertRefused(() => make({ [option]: value }), option, value, expected);
      });
    }

    test("minWorkers above maxWorkers is refused", () => {
      assertRefused(
        () => make({ maxWorkers: 2, minWorkers: 3 }),
        "minWorkers",
        3,
        /at most maxWorkers \(2\)/,
      );
    });

    test("options that are no object are refused", () => {
      for (const value of [null, 4, "4", [4], () => 4])
        assertRefused(() => make(value as object), "options", value, /an object of options/);
    });

    test("a name that no option has is refused, with the name that was probably meant", () => {
      for (const [wrong, right] of [
        ["maxWorker", "maxWorkers"],
        ["maxworkers", "maxWorkers"],
        ["max_workers", "maxWorkers"],
        ["idleTimeOut", "idleTimeout"],
        ["intializer", "initializer"],
        ["onWorkerCrashed", "onWorkerCrash"],
      ] as const)
        assertRefused(() => make({ [wrong]: 2 }), wrong, 2, new RegExp(`did you mean ${right}\\?`));
      assertRefused(
        () => make({ concurrency: 2 }),
        "concurrency",
        2,
        /an option that there is \(maxWorkers, /,
      );
    });

    test("an option of tasks is refused, with the place where it belongs", () => {
      assertRefused(() => make({ retries: 2 }), "retries", 2, /executor\.with\(\{ retries \}\)/);
    });

    test("names whose value is undefined count as left out, and every executor takes the options of all", async () => {
      await using executor = make({
        whatever: undefined,
        maxWorkers: undefined,
        idleTimeout: 1_000,
        tasksPerWorker: 2,
        env: {},
        execArgv: undefined,
        spin: false,
      });
      assert.equal(await executor.submit(add, 1, 2), 3);
    });
  });

  describe(`${name}: calls`, () => {
    const executor = make({ maxWorkers: 1 });
    after(() => executor.shutdown());

    /** Nothing was queued by what is refused, and the executor goes on. */
    async function unharmed(misuse: () => void | Promise<void>): Promise<void> {
      const before = executor.stats().submitted;
      await misuse();
      assert.equal(executor.stats().submitted, before, "nothing was queued");
      assert.equal(await executor.submit(add, 1, 2), 3);
    }

    test("submit of something that is no function is refused", () =>
      unharmed(() => {
        for (const value of [undefined, null, "add", 1, {}, [], Symbol("fn"), Promise.resolve()])
          assertRefused(() => executor.submit(value as never), "fn", value, fn);
      }));

    test("map of something that is no function, or over nothing iterable, is refused", () =>
      unharmed(() => {
        assertRefused(() => executor.map("x" as never, []), "fn", "x", fn);
        for (const value of [undefined, null, 1, {}, () => [], { next() {} }])
          assertRefused(
            () => executor.map(identity, value as never),
            "items",
            value,
            /an iterable or an async iterable/,
          );
      }));

    const badMapOptions: [option: string, values: unknown[], expected: RegExp][] = [
      ["chunksize", [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, null], wholeNumber],
      ["chunksize", ["10", "Auto"], /one of "auto"/],
      ["buffersize", [0, -1, 1.5, "5", Number.NaN, null], /a whole number of at least 1, or Infinity/],
      ["errors", ["x", "", null, true], /one of "throw", "settle"/],
      ["ordered", ["no", 0, null], /true or false/],
      ["timeout", [Number.NaN, "5s", null], /a time in ms/],
      ["signal", [{}, null, "abort", new AbortController()], /an AbortSignal/],
      ["onProgress", [{}, null, "log"], fn],
      ["total", [-1, 1.5, "3"], wholeNumber],
    ];
    for (const [option, values, expected] of badMapOptions) {
      test(`map with a bad ${option} (${values.map((each) => typeof each).join(", ")}) is refused`, () =>
        unharmed(() => {
          for (const value of values)
            assertRefused(() => executor.map(identity, [1], { [option]: value }), option, value, expected);
        }));
    }

    test("map with options that there are not is refused, with the remedy", () =>
      unharmed(() => {
        const map = (options: object) => () => executor.map(identity, [1], options);
        assertRefused(map({ chunkSize: 2 }), "chunkSize", 2, /did you mean chunksize\?/);
        assertRefused(map({ retries: 2 }), "retries", 2, /executor\.with\(\{ retries \}\)/);
        const list: unknown[] = [];
        assertRefused(map(list), "options", list, /an object of options/);
      }));

    test("forEach and reduce with options that there are not, or not for them, are refused", () =>
      unharmed(() => {
        const forEach = (options: object) => () => executor.forEach(identity, [1], options);
        const reduce = (options: object) => () => executor.reduce(identity, [1], Math.max, options);
        assertRefused(forEach({ ordered: true }), "ordered", true, /an option that there is/);
        assertRefused(forEach({ into: Array }), "into", Array, /an option that there is/);
        assertRefused(forEach({ errors: "ignore" }), "errors", "ignore", /"throw", "settle"/);
        assertRefused(reduce({ errors: "settle" }), "errors", "settle", /an option that there is/);
        assertRefused(reduce({ init: 1 }), "init", 1, /an option that there is/);
        assertRefused(reduce({ chunksize: 0 }), "chunksize", 0, wholeNumber);
      }));

    const badTaskOptions: [option: string, values: unknown[], expected: RegExp][] = [
      ["timeout", [-1, Number.NaN, "5s", null], time],
      ["deadline", [-1, Number.NaN, "5s", null], time],
      [
        "priority",
        ["urgent", "toString", "__proto__", null, Number.NaN, {}, 1n],
        /"high", "normal", "low" or a number/,
      ],
      ["retries", [-1, 1.5, Number.NaN], wholeNumber],
      ["retries", ["2", null, true, [2]], /a whole number or \{ attempts, backoff \}/],
      ["signal", [{}, null, "abort", new AbortController()], /an AbortSignal/],
      ["transfer", ["x", {}, null, [1], [null]], /an array of ArrayBuffers/],
      ["name", [1, null, {}], /a string/],
    ];
    for (const [option, values, expected] of badTaskOptions) {
      test(`with a bad ${option} (${values.map((each) => typeof each).join(", ")}) is refused`, () =>
        unharmed(() => {
          for (const value of values)
            assertRefused(() => executor.with({ [option]: value }), option, value, expected);
        }));
    }

    test("with bad attempts, backoff or other names in retries is refused", () =>
      unharmed(() => {
        const retries = (given: object) => () => executor.with({ retries: given as never });
        assertRefused(retries({ attempts: "x" }), "retries.attempts", "x", wholeNumber);
        assertRefused(retries({}), "retries.attempts", undefined, wholeNumber);
        assertRefused(
          retries({ attempts: 1, backoff: -1 }),
          "retries.backoff",
          -1,
          /a time in ms.*or a function/,
        );
        assertRefused(
          retries({ attempts: 1, backoff: "1s" }),
          "retries.backoff",
          "1s",
          /a time in ms.*or a function/,
        );
        assertRefused(
          retries({ attempts: 1, delay: 5 }),
          "retries.delay",
          5,
          /\(attempts, backoff, factor, maxBackoff, jitter\)/,
        );
      }));

    test("with names that no option has is refused, with the remedy", () =>
      unharmed(() => {
        const view = (options: object) => () => executor.with(options);
        assertRefused(view({ timeOut: 5 }), "timeOut", 5, /did you mean timeout\?/);
        assertRefused(view({ chunksize: 5 }), "chunksize", 5, /executor\.map\(fn, items, \{ chunksize \}\)/);
        assertRefused(view({ ttl: 5 }), "ttl", 5, /an option that there is \(timeout, deadline, /);
        for (const none of [null, undefined, 5, "x", []])
          assertRefused(() => executor.with(none as never), "options", none, /an object of options/);
      }));

    test("a backoff that returns no time fails its task with an error that says so", async () => {
      const view = executor.with({ retries: { attempts: 1, backoff: () => "soon" as never } });
      const error = await view
        .submit(() => {
          throw new Error("first");
        })
        .exception();
      assert.ok(error instanceof InvalidArgumentError);
      assert.equal(error.argument, "retries.backoff");
      assert.equal(await executor.submit(add, 1, 2), 3);
    });

    test("bad options of waits are refused", async () => {
      const future = executor.submit(add, 1, 2);
      for (const options of [{ timeout: Number.NaN }, { signal: {} }, null, "5"])
        assert.ok(thrownBy(() => future.result(options as never)) instanceof InvalidArgumentError);
      assert.equal(await future, 3);
    });

    test("bad options of shutdown reject, and the executor goes on", async () => {
      for (const [options, argument] of [
        [{ wait: "no" }, "wait"],
        [{ cancelFutures: 1 }, "cancelFutures"],
        [{ timeout: "1" }, "timeout"],
        [{ signal: {} }, "signal"],
        [{ cancelFuture: true }, "cancelFuture"],
        [null, "options"],
      ] as const) {
        const [outcome] = await Promise.allSettled([executor.shutdown(options as never)]);
        assert.ok(outcome.status === "rejected" && outcome.reason instanceof InvalidArgumentError);
        assert.equal(outcome.reason.argument, argument);
      }
      assert.equal(await executor.submit(add, 1, 2), 3);
    });

    test("a task that imports a module that throws, or is not there, fails with the import's error", async () => {
      const throws = await executor.submit(() => import("./fixtures/throws-at-import.js")).exception();
      assert.ok(throws instanceof RangeError);
      assert.equal(throws.message, "this module can't be loaded");
      const missing = await executor
        .submit(() => import(new URL("./fixtures/not-there.js", import.meta.url).href))
        .exception();
      assert.equal((missing as NodeJS.ErrnoException).code, "ERR_MODULE_NOT_FOUND");
      for (const [file, check] of [
        ["throws-at-import", (error: unknown) => error instanceof RangeError],
        ["not-there", (error: unknown) => (error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND"],
        ["classes", (error: unknown) => error instanceof Error && error.message.includes("nothing")],
      ] as const) {
        const named = task(new URL(`./fixtures/${file}.js`, import.meta.url), "nothing");
        const error = await executor.submit(named).exception();
        assert.ok(check(error), String(error));
      }
      assert.equal(await executor.submit(add, 1, 2), 3);
    });

    test("submit after shutdown throws, in a finally and in map too", async () => {
      const short = make({});
      try {
        assert.equal(await short.submit(add, 1, 2), 3);
      } finally {
        await short.shutdown();
      }
      for (const call of [
        () => short.submit(add, 1, 2),
        () => short.map(identity, [1]),
        () => short.with({ timeout: 5 }).submit(add, 1, 2),
      ]) {
        const error = thrownBy(call);
        assert.ok(error instanceof ShutdownError, String(error));
        assert.equal(error.code, "ERR_UNGIL_SHUTDOWN");
      }
      assert.equal(short.stats().submitted, 1);
    });
  });
}

test("a full queue throws from the call, names the queue and the limit, and drains", async () => {
  for (const Maker of [ThreadPoolExecutor, AsyncExecutor]) {
    await using executor = new Maker({ maxWorkers: 1, maxQueue: 1, name: "small" });
    const later = (): Promise<number> => new Promise((resolve) => setImmediate(resolve, 1));
    const accepted = [executor.submit(later), executor.submit(later)];
    const error = thrownBy(() => executor.submit(later));
    assert.ok(error instanceof QueueFullError);
    assert.equal(error.code, "ERR_UNGIL_QUEUE_FULL");
    assert.match(
      error.message,
      /the queue of small holds \d+ tasks? already \(maxQueue: 1\).*or raise maxQueue/,
    );
    assert.equal(executor.stats().submitted, 2);
    assert.deepEqual(await Promise.all(accepted), [1, 1]);
    assert.equal(await executor.submit(add, 1, 2), 3);
  }
});

describe("ThreadPoolExecutor: functions that can't be sent", () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  after(() => pool.shutdown());

  const socket = new Socket();
  const promise = Promise.resolve(1);
  class Account {
    readonly #balance = 7;
    get balance(): number {
      return this.#balance;
    }
  }
  const account = new Account();
  const functions: [name: string, fn: () => unknown, path: string][] = [
    ["a socket", () => socket.destroyed, "`socket`"],
    ["a promise", () => promise, "`promise`"],
    ["an instance with private fields", () => account.balance, "`account`"],
    ["a native function of Node's inside", process.hrtime.bigint, "`hrtimeBigInt`"],
  ];
  for (const [name, captured, path] of functions) {
    test(`${name} in a closure throws a CaptureError from submit and map; nothing is queued`, async () => {
      const before = pool.stats().submitted;
      for (const call of [() => pool.submit(captured), () => pool.map(captured, [1])]) {
        const error = thrownBy(call);
        assert.ok(error instanceof CaptureError, String(error));
        assert.equal(error.code, "ERR_UNGIL_CAPTURE");
        assert.ok(error.path.includes(path), error.path.join(" "));
        assert.ok(error.advice, "there is a remedy");
        assert.ok(error.message.includes(error.advice));
      }
      assert.equal(pool.stats().submitted, before);
      assert.equal(await pool.submit(add, 1, 2), 3);
    });
  }

  test("a bound function, native too, can be sent", async () => {
    assert.equal(await pool.submit(Math.max.bind(null, 5), 3), 5);
    assert.equal(await pool.submit(add.bind(null, 4), 3), 7);
  });

  test("a task that returns a function fails that future only", async () => {
    const error = await pool.submit((): unknown => () => 1).exception();
    assert.ok(error instanceof SerializationError);
    assert.equal(await pool.submit(add, 1, 2), 3);
  });

  test("an initializer that can't be sent throws from the constructor", () => {
    assert.ok(
      thrownBy(() => new ThreadPoolExecutor({ initializer: () => socket.destroyed })) instanceof CaptureError,
    );
  });

  test("parts of env and resourceLimits are refused by name", () => {
    const make = (options: object) => () => new ThreadPoolExecutor(options);
    assertRefused(make({ env: { PORT: 80 } }), "env.PORT", 80, /a string/);
    const limits = (resourceLimits: object) => make({ resourceLimits });
    assertRefused(limits({ stackSizeMb: 0 }), "resourceLimits.stackSizeMb", 0, /a number of MB above 0/);
    assertRefused(limits({ stackSizeMb: "4" }), "resourceLimits.stackSizeMb", "4", /a number of MB above 0/);
    assertRefused(
      limits({ maxOldGenerationSize: 64 }),
      "resourceLimits.maxOldGenerationSize",
      64,
      /did you mean maxOldGenerationSizeMb\?/,
    );
  });
});

describe("ThreadPoolExecutor: executors that break", () => {
  for (const [name, initializer, check] of [
    [
      "throws",
      () => {
        throw Object.assign(new RangeError("no database"), { code: "E_DB" });
      },
      (cause: unknown) => cause instanceof RangeError && (cause as NodeJS.ErrnoException).code === "E_DB",
    ],
    ["rejects", () => Promise.reject(new TypeError("later")), (cause: unknown) => cause instanceof TypeError],
    [
      "throws a symbol",
      () => {
        // oxlint-disable-next-line typescript/only-throw-error -- that is the test
        throw Symbol("no error");
      },
      (cause: unknown) => cause instanceof SerializationError,
    ],
    [
      "throws a string",
      () => {
        // oxlint-disable-next-line typescript/only-throw-error
        throw "text";
      },
      (cause: unknown) => cause === "text",
    ],
  ] as const) {
    test(`an initializer that ${name} fails what waits and every later call, with its error as cause`, async () => {
      await using pool = new ThreadPoolExecutor({ maxWorkers: 1, initializer });
      const waiting = [pool.submit(add, 1, 2), pool.submit(add, 3, 4)];
      for (const future of waiting) {
        const error = await future.exception();
        assert.ok(error instanceof BrokenThreadPoolError, String(error));
        assert.equal(error.code, "ERR_UNGIL_BROKEN_THREAD_POOL");
        assert.ok(check(error.cause), String(error.cause));
        assert.match(error.stack ?? "", /bad-input\.test/);
      }
      const later = thrownBy(() => pool.submit(add, 1, 2));
      assert.ok(later instanceof BrokenThreadPoolError);
      assert.ok(check(later.cause));
      assert.equal(pool.stats().state, "broken");
    });
  }

  test("Node options that threads can't have break the pool with an error that names them", async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1, execArgv: ["--max-old-space-size=100"] });
    const error = await pool.submit(add, 1, 2).exception();
    assert.ok(error instanceof BrokenThreadPoolError);
    assert.match(error.message, /3 workers .* in a row failed at start: .*--max-old-space-size/);
    assert.ok(error.cause instanceof AggregateError);
  });

  test("a task that exits fails with a WorkerExitError, and the pool goes on", async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const error = await pool.submit(() => process.exit(7)).exception();
    assert.ok(error instanceof WorkerExitError);
    assert.equal(error.exitCode, 7);
    assert.equal(error.reason, "exit");
    assert.equal(await pool.submit(add, 1, 2), 3);
  });

  test("a late throw and a late rejection end the worker with their error as cause, and the pool goes on", async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const never = (start: (() => void) | undefined): Promise<never> => {
      start?.();
      return new Promise(() => {});
    };
    for (const start of [
      () =>
        void setImmediate(() => {
          throw new RangeError("late");
        }),
      () => void Promise.reject(new RangeError("late")),
    ]) {
      const error = await pool.submit(never, start).exception();
      assert.ok(error instanceof WorkerExitError);
      assert.ok(error.cause instanceof RangeError);
      assert.match(error.message, /an error was not caught: late/);
      assert.equal(await pool.submit(add, 1, 2), 3);
    }
  });
});

test("what authors of executors are given refuses what it can't use, by name", async () => {
  const options = {};
  for (const source of [null, undefined, 1, { items: [], submit: "x", options }])
    assertRefused(
      () => createTaskStream(source as never),
      "submit",
      (source as { submit?: unknown } | null)?.submit,
      /a function/,
    );
  const begun = { items: [], submit: add, options: undefined };
  assertRefused(
    () => createTaskStream(begun as never),
    "options",
    undefined,
    /what validateMapOptions returns/,
  );
  for (const value of [null, undefined, 1, [1], "text"]) {
    assertRefused(() => drainStream(value as never), "stream", value, /a stream, as map returns it/);
    assertRefused(
      () => reduceStream(value as never, Math.max),
      "stream",
      value,
      /a stream, as map returns it/,
    );
  }
  await using executor = new InlineExecutor();
  await using stream = executor.map(identity, [1]);
  assertRefused(() => drainStream(stream, "ignore" as never), "errors", "ignore", /one of "throw", "settle"/);
  assertRefused(() => reduceStream(stream, 1 as never), "combine", 1, /a function/);
});

test("Future.withResolvers, wait and asCompleted refuse bad options by name", () => {
  for (const value of [null, 5, "x", [], () => 1])
    assertRefused(() => Future.withResolvers(value as never), "options", value, /an object of options/);
  for (const [name, value, expected] of [
    ["name", 5, /a string/],
    ["onCancel", {}, /a function/],
    ["onAbort", null, /a function/],
    ["unobserved", {}, /an UnobservedFailures/],
    ["clock", { now: 1 }, /a Clock, with the methods now and setTimer/],
    ["onDone", () => {}, /an option that there is/],
  ] as const)
    assertRefused(() => Future.withResolvers({ [name]: value }), name, value, expected);
  const { future } = Future.withResolvers({ name: undefined, onAbort: undefined, clock: undefined });
  assert.equal(future.state, "pending");
  for (const clock of [null, 5, {}]) {
    assertRefused(() => wait([future], { clock } as never), "clock", clock, /a Clock/);
    assertRefused(() => asCompleted([future], { clock } as never), "clock", clock, /a Clock/);
  }
  for (const value of [null, 5, {}])
    assertRefused(() => new UnobservedFailures(value as never), "onUnobserved", value, /a function/);
});

test("transfer, NativeExecutor and formatTaskTree refuse what they can't use, by name", () => {
  for (const value of [2, "text", undefined, null])
    assertRefused(() => transfer(value as never, []), "value", value, /an object/);
  assertRefused(() => new NativeExecutor(null as never), "options", null, /an object of options/);
  for (const value of [null, {}, "text"])
    assertRefused(() => formatTaskTree(value as never), "tree", value, /a list, as taskTree returns it/);
});

test("a group's executor, the items of an Array and the options of poll are refused by name", async () => {
  const group = new TaskGroup();
  for (const value of [null, 1, [1], {}])
    assertRefused(() => group.with(value as never), "executor", value, /an executor/);
  const numbers = new ProcessArray("int32", 3);
  for (const value of [null, 1, {}])
    assertRefused(() => numbers.setSlice(0, value as never), "items", value, /can be iterated/);
  const [here, there] = Pipe();
  await assert.rejects(here.poll(null as never), { code: "ERR_UNGIL_INVALID_ARGUMENT", argument: "options" });
  here.close();
  there.close();
});
