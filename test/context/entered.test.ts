// A store that a task enters without leaving it (`enterWith`) ends with the task.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, test } from "node:test";
import { AsyncExecutor, type Executor, InlineExecutor, propagate, ThreadPoolExecutor } from "ungil";

const limit = { timeout: 60_000 };
const items = Array.from({ length: 3_000 }, (_, at) => at);
const request = propagate("entered.request", new AsyncLocalStorage<number>());

const found = (): number | undefined => request.getStore();

/** What was entered before; -1 for nothing. */
const enter = (value: number): number => {
  const before = request.getStore() ?? -1;
  request.enterWith(value);
  return request.getStore() === value ? before : Number.NaN;
};

const enterLater = async (value: number): Promise<number> => {
  const before = enter(value);
  await null;
  return request.getStore() === value ? before : Number.NaN;
};

/** Several kinds of paths that the items of a chunk take. */
const kinds: [name: string, run: (executor: Executor) => Promise<unknown[]>][] = [
  ["numbers", async (executor) => executor.map(enter, items, { chunksize: 1_000 })],
  ["numbers in an array", async (executor) => executor.map(enter, Float64Array.from(items))],
  [
    "objects",
    async (executor) =>
      executor.map(
        ({ n }: { n: number }) => enter(n),
        items.map((n) => ({ n })),
      ),
  ],
  ["texts", async (executor) => (await executor.map((n: number) => `${enter(n)}`, items)).map(Number)],
  ["promises", async (executor) => executor.map(enterLater, items.slice(0, 300), { chunksize: 100 })],
  [
    "promises of some",
    async (executor) =>
      executor.map((n: number) => (n % 3 === 0 ? enterLater(n) : enter(n)), items.slice(0, 300), {
        chunksize: 100,
      }),
  ],
  [
    "combined values",
    async (executor) => {
      return executor.reduce(
        (n: number) => [enter(n)],
        items.slice(0, 300),
        (one, other) => {
          const before = enter(7);
          return [...one, ...other, before];
        },
        { chunksize: 300 },
      );
    },
  ],
];

const executors: [name: string, make: () => Executor][] = [
  ["threads", () => new ThreadPoolExecutor({ maxWorkers: 1 })],
  ["threads that sleep", () => new ThreadPoolExecutor({ maxWorkers: 1, spin: false })],
  ["event loop", () => new AsyncExecutor({ maxWorkers: 1 })],
  ["in place", () => new InlineExecutor()],
];

for (const [name, make] of executors) {
  describe(`${name}: a store that was entered is not there`, () => {
    test("in the next task, whether it comes with it or later", limit, async () => {
      await using executor = make();
      const both: ((value: number) => number | Promise<number>)[] = [enter, enterLater];
      for (const first of both) {
        // the functions have to be loaded: the first ones take another way
        for (let round = 1; round <= 3; round++) {
          assert.equal(await executor.submit(first, round), -1);
          assert.equal(await executor.submit(found), undefined);
          const together = [executor.submit(first, round), executor.submit(first, -round)];
          assert.deepEqual(await Promise.all(together), [-1, -1]);
        }
      }
    });

    test("in the next attempt", limit, async () => {
      await using executor = make();
      const view = executor.with({ retries: { attempts: 3, backoff: 1 } });
      const cells = new Int32Array(new SharedArrayBuffer(4));
      const attempt = (seen: Int32Array): number => {
        const before = enter(5);
        if (Atomics.add(seen, 0, 1) < 2) throw new RangeError("again");
        return before;
      };
      assert.equal(await view.submit(attempt, cells), -1);
    });

    for (const [kind, run] of kinds) {
      test(`in the next item of a map: ${kind}`, limit, async () => {
        await using executor = make();
        for (let round = 0; round < 2; round++) {
          assert.deepEqual([...new Set(await run(executor))], [-1]);
        }
        assert.equal(await executor.submit(found), undefined);
      });
    }

    test("but the store of the submission is, in each item", limit, async () => {
      await using executor = make();
      for (const [kind, run] of kinds.filter(([each]) => each !== "combined values")) {
        assert.deepEqual([...new Set(await request.run(9, () => run(executor)))], [9], kind);
      }
    });
  });
}
