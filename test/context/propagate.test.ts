// `propagate`: stores of the submitting side in tasks on threads.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, test } from "node:test";
import {
  AsyncExecutor,
  currentTask,
  InlineExecutor,
  InvalidArgumentError,
  propagate,
  SerializationError,
  ThreadPoolExecutor,
} from "ungil";
import {
  describe as describeStore,
  local,
  nest,
  nestMap,
  rename,
  request,
  seen,
  seenFor,
  seenLater,
  tenant,
} from "./support/stores.js";
import { nothingKnown, passOn, passOnWithin } from "./support/strangers.js";

const limit = { timeout: 60_000 };
const items = Array.from({ length: 100 }, (_, at) => at);

/** Of this very file, which workers don't import: closures bring it along. */
const here = propagate("here", new AsyncLocalStorage<string>());

describe("a task on a thread has the values of its submission", () => {
  test("each its own, in whatever order they run", limit, async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 2, tasksPerWorker: 3 });
    const futures = items.map((item) =>
      request.run({ id: `r${item}` }, () =>
        tenant.run(`t${item}`, () =>
          local.run("here only", () => (item % 2 === 0 ? pool.submit(seen) : pool.submit(seenLater))),
        ),
      ),
    );
    const none = pool.submit(seen);
    assert.deepEqual(
      await Promise.all(futures),
      items.map((item) => [`r${item}`, `t${item}`, undefined]),
    );
    assert.deepEqual(await none, [undefined, undefined, undefined]);
  });

  test("a map those of its call, however it is consumed", limit, async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
    for (const executor of [pool, pool.with({ retries: 1 })]) {
      const stream = request.run({ id: "mapper" }, () =>
        executor.map(seenFor, items, { chunksize: 7, buffersize: 20 }),
      );
      const results = await request.run({ id: "consumer" }, () => stream);
      assert.deepEqual([...new Set(results)], ["mapper"]);
    }
    const longest = await request.run({ id: "reducer" }, () =>
      pool.reduce(seenFor, items, (one, other) => (one === other ? one : "mixed"), { chunksize: 7 }),
    );
    assert.equal(longest, "reducer");
  });

  test("nothing of one task is left to the next, nor shared between them", limit, async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const shared = { id: "r" };
    const futures = request.run(shared, () => items.map(() => pool.submit(rename)));
    const results = await Promise.all(futures);
    assert.deepEqual([...new Set(results)], ["r!"]);
    assert.equal(shared.id, "r");
    assert.deepEqual(await pool.submit(seen), [undefined, undefined, undefined]);
  });

  test("whatever structured clone copies, errors and functions too", limit, async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const future = request.run({ id: "r", roles: new Set(["a", "b"]) }, () => pool.submit(describeStore));
    assert.equal(await future, "r true a,b");
    const base = 40;
    const functions = propagate("functions", new AsyncLocalStorage<(n: number) => number>());
    const called = functions.run(
      (n: number) => base + n,
      () => pool.submit(() => [functions.getStore()?.(2), functions.getStore()?.name]),
    );
    assert.deepEqual(await called, [42, ""]);
  });

  test("a closure brings along a store of the entry module", limit, async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const future = here.run("value", () => pool.submit(() => here.getStore()));
    assert.equal(await future, "value");
    // given as an argument, too
    const given = here.run("value", () =>
      pool.submit((storage: AsyncLocalStorage<string>) => storage.getStore(), here),
    );
    assert.equal(await given, "value");
    assert.equal(await pool.submit(() => here.getStore()), undefined);
  });

  test("undefined is not carried", limit, async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const future = here.run(undefined as never, () => pool.submit(() => here.getStore() === undefined));
    assert.equal(await future, true);
    const falsy = here.run("", () => pool.submit(() => here.getStore() === ""));
    assert.equal(await falsy, true);
  });

  test("each attempt has them", limit, async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const future = here.run("value", () =>
      pool.with({ retries: 2 }).submit(() => {
        const { attempt } = currentTask();
        if (attempt < 3) throw new RangeError("again");
        return [attempt, here.getStore()];
      }),
    );
    assert.deepEqual(await future, [3, "value"]);
  });
});

describe("what a task submits takes them along", () => {
  test("as they are there", limit, async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
    const [asIs, own, map] = request.run({ id: "outer" }, () => [
      pool.submit(nest, undefined),
      pool.submit(nest, "own"),
      pool.submit(nestMap),
    ]);
    assert.deepEqual(await asIs, ["outer", undefined, undefined]);
    assert.deepEqual(await own, ["own", undefined, undefined]);
    assert.deepEqual(await map, ["outer", "outer", "outer"]);
  });

  test("though the thread of the task knows nothing of them", limit, async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const stores = new URL("support/stores.js", import.meta.url).href;
    const future = request.run({ id: "outer" }, () => pool.submit(passOn, stores, "seen"));
    assert.deepEqual(await future, ["outer", undefined, undefined]);
    const within = request.run({ id: "outer" }, () => pool.submit(passOnWithin, stores, "seen"));
    assert.deepEqual(await within, ["outer", undefined, undefined]);
    assert.equal(await request.run({ id: "ignored" }, () => pool.submit(nothingKnown, 7)), 7);
  });
});

test("tasks on this thread see every store, propagated or not", limit, async () => {
  for (const executor of [new AsyncExecutor({ maxWorkers: 1 }), new InlineExecutor()]) {
    const future = request.run({ id: "r" }, () => local.run("here", () => executor.submit(seenLater)));
    assert.deepEqual(await future, ["r", undefined, "here"]);
    await executor.shutdown();
  }
});

test("a value that can't be sent fails its task only, and is named", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const weak = { id: "r", cache: new WeakMap() };
  const [refused, other] = [request.run(weak, () => pool.submit(seen)), pool.submit(nothingKnown, 1)];
  await assert.rejects(
    async () => refused,
    (error: unknown) => {
      assert.ok(error instanceof SerializationError);
      assert.match(error.message, /^store "request"\.cache can't be sent: it is a weak collection/);
      assert.equal(error.path, 'store "request".cache');
      return true;
    },
  );
  assert.equal(await other, 1);
  const stream = request.run(weak, () => pool.map(seenFor, items));
  await assert.rejects(async () => stream, SerializationError);
  // from inside a task, too
  const nested = pool.submit(async () => {
    return here.run((() => 1).constructor("return new WeakMap()")() as never, () =>
      currentTask().executor.submit(() => 1),
    );
  });
  await assert.rejects(async () => nested, /store "here" can't be sent/);
});

describe("registering", () => {
  test("answers with the storage, twice too", () => {
    const storage = new AsyncLocalStorage<number>();
    assert.equal(propagate("twice", storage), storage);
    assert.equal(propagate("twice", storage), storage);
  });

  test("another storage under the name, or another name, is refused", () => {
    const storage = propagate("taken", new AsyncLocalStorage<number>());
    assert.throws(() => propagate("taken", new AsyncLocalStorage<number>()), {
      name: "InvalidArgumentError",
      message: /name.*another storage|no other storage/,
    });
    assert.throws(() => propagate("another", storage), /"taken"/);
  });

  test("bad arguments are named", () => {
    const storage = new AsyncLocalStorage<number>();
    for (const name of ["", 5, undefined, null, Symbol("x")]) {
      assert.throws(() => propagate(name as string, storage), InvalidArgumentError);
    }
    for (const bad of [undefined, null, {}, new Map(), () => {}]) {
      assert.throws(() => propagate("bad", bad as AsyncLocalStorage<number>), /storage/);
    }
  });
});

test("a module that comes after a closure's store is given that one", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const future = here.run("value", () =>
    pool.submit(async () => {
      const { AsyncLocalStorage: Storage } = await import("node:async_hooks");
      const first = here.getStore();
      const later = propagate("here", new Storage<string>());
      return [first, later === here, later.getStore()];
    }),
  );
  assert.deepEqual(await future, ["value", true, "value"]);
});
