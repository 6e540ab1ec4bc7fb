// `with({ context })` on every executor.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  AsyncExecutor,
  currentTask,
  type Executor,
  InlineExecutor,
  SerializationError,
  ThreadPoolExecutor,
} from "ungil";

const limit = { timeout: 60_000 };
const items = Array.from({ length: 60 }, (_, at) => at);

const makers: [name: string, make: () => Executor][] = [
  ["threads", () => new ThreadPoolExecutor({ maxWorkers: 2 })],
  ["event loop", () => new AsyncExecutor({ maxWorkers: 2 })],
  ["in place", () => new InlineExecutor()],
];

const context = (): unknown => currentTask().context;

const contextLater = async (): Promise<unknown> => {
  await new Promise<void>((resolve) => setImmediate(resolve));
  return currentTask().context;
};

const contextOfItem = (_item: number): unknown => currentTask().context;

for (const [name, make] of makers) {
  describe(name, () => {
    test("a task finds the context of its view, and undefined without one", limit, async () => {
      await using executor = make();
      const view = executor.with({ context: { request: "r1", at: new Date(0) } });
      const found = { request: "r1", at: new Date(0) };
      assert.deepEqual(await view.submit(context), found);
      assert.deepEqual(await view.submit(contextLater), found);
      assert.equal(await executor.submit(context), undefined);
      // views nest; the inner one wins
      assert.deepEqual(await view.with({ priority: "high" }).submit(context), found);
      assert.equal(await view.with({ context: 7 }).submit(context), 7);
      assert.equal(await view.with({ context: null }).submit(context), null);
      assert.equal(await executor.with({ context: "" }).submit(context), "");
      assert.equal(await executor.with({ context: undefined }).submit(context), undefined);
    });

    test("map, forEach and reduce have it for each item", limit, async () => {
      await using executor = make();
      const view = executor.with({ context: "c" });
      assert.deepEqual([...new Set(await view.map(contextOfItem, items, { chunksize: 7 }))], ["c"]);
      await view.forEach(
        () => {
          if (currentTask().context !== "c") throw new RangeError("no context");
        },
        items,
        { chunksize: 7 },
      );
      const all = await view.reduce(
        (item: number) => `${currentTask().context as string}${item}`,
        items,
        (a, b) => a + b,
      );
      assert.equal(all, items.map((item) => `c${item}`).join(""));
      assert.deepEqual([...new Set(await executor.map(contextOfItem, items))], [undefined]);
    });

    test("what a task submits inherits it, unless it has its own", limit, async () => {
      await using executor = make();
      const nested = await executor.with({ context: { id: 1 } }).submit(async () => {
        const { executor: own } = currentTask();
        const inner = (): unknown => currentTask().context;
        return [
          await own.submit(inner),
          await own.with({ context: "own" }).submit(inner),
          await own.with({ context: null }).submit(inner),
          await own.map(inner, [1, 2]),
          await own.submit(async () => currentTask().executor.submit(inner)),
        ];
      });
      assert.deepEqual(nested, [{ id: 1 }, "own", null, [{ id: 1 }, { id: 1 }], { id: 1 }]);
    });

    test("each attempt has it, with a limit too", limit, async () => {
      await using executor = make();
      const view = executor.with({ context: "c", retries: 2, timeout: 30_000 });
      const future = view.submit(() => {
        if (currentTask().attempt < 3) throw new RangeError("again");
        return currentTask().context;
      });
      assert.equal(await future, "c");
    });
  });
}

test("from one executor to another, and back", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  await using loop = new AsyncExecutor({ maxWorkers: 2 });
  const there = (): unknown => currentTask().context;
  assert.equal(await loop.with({ context: "c" }).submit(() => pool.submit(there)), "c");
  const within = pool.with({ context: "c" }).submit(async () => {
    // an executor of the thread itself
    await using inner = new AsyncExecutor();
    return inner.submit(() => currentTask().context);
  });
  assert.equal(await within, "c");
});

describe("on threads", () => {
  test("it is each task's own copy, of more than structured clone takes", limit, async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const factor = 21;
    const given = {
      count: 0,
      url: new URL("https://example.org/a"),
      bytes: Buffer.from("abc"),
      error: new RangeError("no"),
      double: (n: number) => n * factor,
    };
    const view = pool.with({ context: given });
    const use = (): unknown => {
      const found = currentTask().context as typeof given;
      found.count += 1;
      return [
        found.count,
        found.url.host,
        found.bytes.toString(),
        found.error instanceof RangeError,
        found.double(2),
      ];
    };
    const expected = [1, "example.org", "abc", true, 42];
    assert.deepEqual(await Promise.all([view.submit(use), view.submit(use)]), [expected, expected]);
    assert.deepEqual(await view.map(use, [1, 2], { chunksize: 1 }), [expected, expected]);
    assert.equal(given.count, 0);
    // and goes on from there
    const nested = view.submit(() => currentTask().executor.submit(use));
    assert.deepEqual(await nested, expected);
  });

  test("buffers in it are copied, though they are marked to move", limit, async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const bytes = new Uint8Array([1, 2, 3]);
    const view = pool.with({ context: bytes, transfer: [] });
    const sum = (): number => (currentTask().context as Uint8Array).reduce((a, b) => a + b, 0);
    assert.deepEqual(await Promise.all([view.submit(sum), view.submit(sum)]), [6, 6]);
    assert.equal(bytes.length, 3);
  });

  test("one that can't be sent fails its tasks only, by its name", limit, async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const values: [value: unknown, path: string][] = [
      [{ cache: new WeakMap() }, "context.cache"],
      [Symbol("s"), "context"],
      [{ a: [new MessageChannel().port1] }, "context.a[0]"],
      [
        {
          get broken(): never {
            throw new RangeError("no");
          },
        },
        "context.broken",
      ],
    ];
    for (const [value, path] of values) {
      const view = pool.with({ context: value });
      const [refused, other] = [view.submit(() => 1), pool.submit(() => 2)];
      await assert.rejects(
        async () => refused,
        (error: unknown) => {
          assert.ok(error instanceof SerializationError, String(error));
          assert.equal(error.path, path);
          assert.match(error.message, /^context/);
          return true;
        },
      );
      assert.equal(await other, 2);
      await assert.rejects(async () => view.map((item: number) => item, items), SerializationError);
    }
    const nested = pool.submit(async () =>
      currentTask()
        .executor.with({ context: { cache: new WeakMap() } })
        .submit(() => 1),
    );
    await assert.rejects(async () => nested, { name: "SerializationError", path: "context.cache" });
  });

  test("a bad argument is still an argument's fault", limit, async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const refused = pool.with({ context: "fine" }).submit((_: unknown) => 1, new WeakMap());
    await assert.rejects(async () => refused, { name: "SerializationError", path: "arguments[0]" });
  });

  test("a view can be captured with a plain context, and says so where it can't", limit, async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
    const there = (): unknown => currentTask().context;
    const view = pool.with({ context: { id: 5 } });
    assert.deepEqual(await pool.submit(() => view.submit(there)), { id: 5 });
    const odd = pool.with({ context: { cache: new WeakMap() } });
    assert.throws(() => void pool.submit(() => odd.submit(there)), /context belongs to this thread/);
  });
});
