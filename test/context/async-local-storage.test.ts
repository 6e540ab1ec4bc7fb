// AsyncLocalStorage on the submitting side: whatever goes on after a future, and whatever ungil calls later, sees
// the store that was current where it was awaited or given, although futures settle in each other's contexts.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, test } from "node:test";
import {
  AsyncExecutor,
  asCompleted,
  currentTask,
  type Executor,
  Future,
  InlineExecutor,
  ThreadPoolExecutor,
  wait,
} from "ungil";
import { Gate, until } from "ungil/testing";

const limit = { timeout: 60_000 };
const store = new AsyncLocalStorage<string>();

/** Settles once the cells say so; lets the event loop run meanwhile. */
async function atGate(cells: Int32Array, value: number): Promise<number> {
  Atomics.add(cells, 1, 1);
  while (Atomics.load(cells, 0) === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  if (value < 0) throw new RangeError(`value ${value}`);
  return value;
}

const executors: [name: string, make: () => Executor][] = [
  ["threads", () => new ThreadPoolExecutor({ maxWorkers: 2, tasksPerWorker: 8 })],
  ["event loop", () => new AsyncExecutor({ maxWorkers: 16 })],
];

/** Ways to go on after a future; each tells what it saw. */
const ways: [name: string, way: (future: Future<number>) => Promise<unknown>][] = [
  ["await", async (future) => [await future, store.getStore()][1]],
  ["await of a failure", async (future) => future.then(() => store.getStore())],
  ["then", (future) => future.then(() => store.getStore())],
  ["catch", (future) => future.then(() => Promise.reject(new Error("x"))).catch(() => store.getStore())],
  [
    "finally",
    async (future) => {
      let seen: string | undefined;
      await future.finally(() => {
        seen = store.getStore();
      });
      return seen;
    },
  ],
  ["onDone", (future) => new Promise((resolve) => future.onDone(() => resolve(store.getStore())))],
  ["result", async (future) => [await future.result(), store.getStore()][1]],
  ["result with a limit", async (future) => [await future.result({ timeout: 60_000 }), store.getStore()][1]],
  ["exception", async (future) => [await future.exception(), store.getStore()][1]],
  ["wait", async (future) => [await wait([future]), store.getStore()][1]],
  [
    "wait for the first",
    async (future) => [await wait([future], { returnWhen: "FIRST_COMPLETED" }), store.getStore()][1],
  ],
  [
    "asCompleted",
    async (future) => {
      for await (const done of asCompleted([future])) assert.ok(done.done());
      return store.getStore();
    },
  ],
  [
    "asCompleted, within the loop",
    async (future) => {
      for await (const _ of asCompleted([future])) return store.getStore();
      return undefined;
    },
  ],
  [
    "progress",
    async (future) => {
      for await (const _ of future.progress);
      return store.getStore();
    },
  ],
  ["Promise.all", async (future) => [await Promise.all([future, future]), store.getStore()][1]],
];

describe("each continuation sees the store of where it was registered", () => {
  for (const [executorName, make] of executors) {
    test(`${executorName}: of futures that settle in one batch`, limit, async () => {
      await using executor = make();
      const gate = new Gate();
      // all were submitted, and are settled, elsewhere than where they are awaited
      const futures = ways.map((_, at) =>
        store.run(`submitter ${at}`, () => executor.submit(atGate, gate.cells, at)),
      );
      const seen = ways.map(([name, way], at) => store.run(name, () => way(futures[at]!)));
      await gate.arrived(ways.length);
      gate.open();
      assert.deepEqual(
        await Promise.all(seen),
        ways.map(([name]) => name),
      );
    });
  }

  test("of futures that are settled out of the middle of another's context", limit, async () => {
    const resolvers = ways.map(() => Future.withResolvers<number>());
    const seen = ways.map(([name, way], at) => store.run(name, () => way(resolvers[at]!.future)));
    store.run("settler", () => {
      for (const { start, resolve } of resolvers) {
        start();
        resolve(1);
      }
    });
    assert.deepEqual(
      await Promise.all(seen),
      ways.map(([name]) => name),
    );
  });

  test("of a future that fails", limit, async () => {
    const { future, start, reject } = Future.withResolvers<number>();
    const seen: Record<string, string | undefined> = {};
    const note = (name: string) => (): void => {
      seen[name] = store.getStore();
    };
    const all = store.run("waiter", () => [
      future.catch(note("catch")),
      future.then(undefined, note("then")),
      future.finally(note("finally")).catch(() => {}),
      future.exception().then(note("exception")),
      future.result().catch(note("result")),
      (async () => {
        try {
          await future;
        } catch {
          note("await")();
        }
      })(),
    ]);
    start();
    store.run("settler", () => reject(new RangeError("no")));
    await Promise.all(all);
    const names = ["catch", "then", "finally", "exception", "result", "await"];
    assert.deepEqual(seen, Object.fromEntries(names.map((name) => [name, "waiter"])));
  });

  test("of a future that another's callback cancels", limit, async () => {
    await using executor = new InlineExecutor();
    const { future } = Future.withResolvers<number>();
    const seen = store.run("waiter", () => {
      return new Promise((resolve) => future.onDone(() => resolve(store.getStore())));
    });
    const canceller = executor.submit(() => 1);
    store.run("canceller", () => canceller.onDone(() => future.cancel()));
    assert.equal(await seen, "waiter");
  });

  test(
    "a callback that is called at once sees the store of its call, and a removed context stays removed",
    limit,
    () => {
      const { future, start, resolve } = Future.withResolvers<number>();
      start();
      const seen: (string | undefined)[] = [];
      future.onDone(() => seen.push(store.getStore()));
      store.run("first", () => future.onDone(() => seen.push(store.getStore())));
      store.run("settler", () => resolve(1));
      store.run("late", () => future.onDone(() => seen.push(store.getStore())));
      assert.deepEqual(seen, [undefined, "first", "late"]);
    },
  );
});

describe("what a map calls later sees the store of the call of map", () => {
  const makers: [name: string, make: () => Executor][] = [
    ...executors,
    ["in place", () => new InlineExecutor()],
  ];
  for (const [name, make] of makers) {
    test(`${name}: the items, their end and onProgress`, limit, async () => {
      await using executor = make();
      const seen = new Set<string | undefined>();
      const note = (): void => {
        seen.add(store.getStore());
      };
      function* items(): Generator<number> {
        try {
          for (let item = 0; item < 200; item++) {
            note();
            yield item;
          }
        } finally {
          note();
        }
      }
      async function* later(): AsyncGenerator<number> {
        for (let item = 0; item < 50; item++) {
          note();
          yield item;
          note();
        }
      }
      const stream = store.run("mapper", () =>
        executor.map((item: number) => item, items(), { buffersize: 3, onProgress: note }),
      );
      const other = store.run("mapper", () =>
        executor.map((item: number) => item, later(), { buffersize: 3, onProgress: note }),
      );
      await store.run("consumer", async () => {
        for await (const _ of stream) assert.equal(store.getStore(), "consumer");
        for await (const _ of other) {
          assert.equal(store.getStore(), "consumer");
          if (_ === 40) break;
        }
      });
      const left = store.run("mapper", () =>
        executor.map((item: number) => item, items(), { buffersize: 3, onProgress: note }),
      );
      await store.run("consumer", async () => {
        for await (const _ of left) break;
      });
      assert.deepEqual([...seen], ["mapper"]);
    });

    test(`${name}: forEach and reduce`, limit, async () => {
      await using executor = make();
      const seen = new Set<string | undefined>();
      const onProgress = (): void => {
        seen.add(store.getStore());
      };
      const combine = (one: number, other: number): number => {
        // in a worker there is no such store
        if (store.getStore() !== undefined) onProgress();
        return one + other;
      };
      const items = Array.from({ length: 100 }, (_, at) => at);
      const each = store.run("mapper", () =>
        executor.forEach((item: number) => item, items, { chunksize: 10, onProgress }),
      );
      await store.run("waiter", async () => {
        await each;
        assert.equal(store.getStore(), "waiter");
      });
      if (!(executor instanceof ThreadPoolExecutor)) {
        const sum = store.run("mapper", () =>
          executor.reduce((item: number) => item, items, combine, { chunksize: 10, onProgress }),
        );
        assert.equal(await store.run("waiter", async () => sum), 4950);
      }
      assert.deepEqual([...seen], ["mapper"]);
    });
  }

  test("backoff sees the store of the call of with", limit, async () => {
    for (const [, make] of makers) {
      await using executor = make();
      const seen: (string | undefined)[] = [];
      const view = store.run("setter", () =>
        executor.with({
          retries: {
            attempts: 2,
            backoff: () => {
              seen.push(store.getStore());
              return 0;
            },
          },
        }),
      );
      const future = store.run("submitter", () =>
        view.submit(() => {
          throw new RangeError("always");
        }),
      );
      await assert.rejects(async () => future, RangeError);
      assert.deepEqual(seen, ["setter", "setter"]);
    }
  });
});

describe("a task on this thread sees the store of its submission", () => {
  test("though it waits in the queue behind others", limit, async () => {
    await using executor = new AsyncExecutor({ maxWorkers: 1 });
    const gate = new Gate();
    const first = store.run("first", () =>
      executor.submit(async () => {
        await atGate(gate.cells, 1);
        return store.getStore();
      }),
    );
    const others = ["second", "third"].map((name) =>
      store.run(name, () => executor.submit(async () => [await null, store.getStore()][1])),
    );
    const plain = executor.submit(() => store.getStore());
    await gate.arrived(1);
    gate.open();
    assert.deepEqual(await Promise.all([first, ...others, plain]), ["first", "second", "third", undefined]);
  });

  test("in each attempt", limit, async () => {
    for (const executor of [new AsyncExecutor({ maxWorkers: 1 }), new InlineExecutor()]) {
      const seen: (string | undefined)[] = [];
      const future = store.run("submitter", () =>
        executor.with({ retries: { attempts: 2, backoff: 1 } }).submit(() => {
          seen.push(store.getStore());
          if (seen.length < 3) throw new RangeError("again");
          return currentTask().attempt;
        }),
      );
      assert.equal(await future, 3);
      assert.deepEqual(seen, ["submitter", "submitter", "submitter"]);
      await executor.shutdown();
    }
  });

  test("as an item of a map, of the call of map", limit, async () => {
    for (const executor of [new AsyncExecutor({ maxWorkers: 2 }), new InlineExecutor()]) {
      const stream = store.run("mapper", () =>
        executor.map(
          async () => [await null, store.getStore()][1],
          Array.from({ length: 50 }, (_, at) => at),
          {
            buffersize: 4,
          },
        ),
      );
      const seen = await store.run("consumer", () => stream);
      assert.deepEqual([...new Set(seen)], ["mapper"]);
      await executor.shutdown();
    }
  });

  test("and so does a nested one", limit, async () => {
    await using executor = new AsyncExecutor({ maxWorkers: 1 });
    const future = store.run("outer", () =>
      executor.submit(() => store.run("inner", () => executor.submit(() => store.getStore()))),
    );
    assert.equal(await future, "inner");
  });
});

test("a store is not kept when its tasks are done", limit, async () => {
  const held = new AsyncLocalStorage<object>();
  const pools = [
    new ThreadPoolExecutor({ maxWorkers: 1 }),
    new AsyncExecutor({ maxWorkers: 1 }),
    new InlineExecutor(),
  ];
  for (const pool of pools) {
    const reference = await (async () => {
      const value = { name: "request" };
      // the first submission starts the worker
      await held.run(value, async () => pool.submit(() => 1));
      return new WeakRef(value);
    })();
    await until(() => pool.stats().running === 0, "the task is done");
    await pool.submit(() => 2);
    const isGone = (): boolean => {
      globalThis.gc?.();
      return reference.deref() === undefined;
    };
    await until(isGone, "the store of a request is collected", 5_000);
  }
  for (const pool of pools) await pool.shutdown();
});
