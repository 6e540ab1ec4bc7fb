import assert from "node:assert/strict";
import { test } from "node:test";
import { type Executor, type Future, transfer } from "ungil";
import { sharedCells } from "ungil/testing";
import { makeShelf } from "./support/plans.js";
import { limit, onPool, onTracedPool, range, settled } from "./support/pool.js";
import { change, echo, next, type Shelf, sumBytes, tallyUp, tallyUpLater } from "./support/tasks.js";

const workers = [1, 2];

/** What `change` answers for an object as it was. */
function changed(id: number): Shelf {
  const shelf = makeShelf();
  shelf.count += 1;
  shelf.list.push(id);
  shelf.map.set(id, "entry 1");
  shelf.inner.count += 1;
  return shelf;
}

for (const maxWorkers of workers) {
  test(
    `tasks that are given one object in a burst each change their own copy (${maxWorkers} workers)`,
    limit,
    async () => {
      await onTracedPool(1_000, { maxWorkers }, async ({ pool }) => {
        const shelf = makeShelf();
        const futures = range(1_000).map((i) => pool.submit(change, i, shelf));
        await settled(futures);
        for (const [i, future] of futures.entries()) assert.deepStrictEqual(await future, changed(i));
        assert.deepStrictEqual(shelf, makeShelf(), "the one here is as it was");
      });
    },
  );

  test(
    `nor do tasks share a part of their arguments, or numbers that travel beside it (${maxWorkers} workers)`,
    limit,
    async () => {
      await onTracedPool(600, { maxWorkers }, async ({ pool }) => {
        const shelf = makeShelf();
        const touch = (item: { shelf: Shelf; id: number }): number[] => {
          item.shelf.inner.count += 1;
          item.shelf.list.push(item.id);
          return [item.shelf.inner.count, item.shelf.list.length];
        };
        const futures = range(600).map((i): Future<unknown> => {
          if (i % 3 === 0) return pool.submit(next, i, i);
          return i % 3 === 1 ? pool.submit(touch, { shelf, id: i }) : pool.submit(change, i, shelf);
        });
        await settled(futures);
        for (const [i, future] of futures.entries()) {
          const expected = [i + 1, [1, 4], changed(i)][i % 3];
          assert.deepStrictEqual(await future, expected);
        }
      });
    },
  );
}

test("the items of a map share nothing with each other, in chunks of every size", limit, async () => {
  await onPool({ maxWorkers: 2 }, async (pool) => {
    const shelf = makeShelf();
    const touch = ({ inner, list }: Shelf): number[] => {
      inner.count += 1;
      return [inner.count, list.push(0)];
    };
    for (const chunksize of [1, 7, "auto"] as const) {
      const results = await pool.map(
        touch,
        range(400).map(() => shelf),
        { chunksize },
      );
      assert.ok(results.every(([count, length]) => count === 1 && length === 4));
    }
  });
});

test("within one task's arguments what was the same object still is", limit, async () => {
  await onPool({ maxWorkers: 1 }, async (pool) => {
    const shelf = makeShelf();
    const futures = range(300).map(() =>
      pool.submit((a: Shelf, b: { a: Shelf }) => [a === b.a, ++a.count, b.a.count], shelf, { a: shelf }),
    );
    for (const future of futures) assert.deepEqual(await future, [true, 1, 1]);
    const ring: { self?: object } = {};
    ring.self = ring;
    const rings = range(100).map(() => pool.submit((value: { self?: object }) => value.self === value, ring));
    assert.ok((await Promise.all(rings)).every(Boolean));
  });
});

test(
  "one object of a worker that many tasks answer with comes back as many, each as it was when its task ended",
  limit,
  async () => {
    await onTracedPool(1_000, { maxWorkers: 1 }, async ({ pool }) => {
      const results = await Promise.all(range(500).map((i) => pool.submit(tallyUp, i)));
      for (const [i, result] of results.entries()) {
        assert.equal(result.count, i + 1);
        assert.deepEqual(result.list, range(i + 1));
      }
      assert.equal(new Set(results).size, 500);
      assert.equal(new Set(results.map(({ list }) => list)).size, 500);
      const counts = (await Promise.all(range(500).map((i) => pool.submit(tallyUpLater, 500 + i)))).map(
        ({ count }) => count,
      );
      assert.deepEqual(
        counts,
        range(500).map((i) => 501 + i),
      );
    });
  },
);

test("the same for the items of a map", limit, async () => {
  await onTracedPool(600, { maxWorkers: 1 }, async ({ pool }) => {
    for (const [round, chunksize] of ["auto" as const, 50].entries()) {
      const ids = range(300).map((i) => round * 300 + i);
      const results = await pool.map(tallyUp, ids, { chunksize });
      // a chunk that does not get on gives items back, which then run behind others
      const counts = results.map(({ count }) => count).toSorted((a, b) => a - b);
      assert.deepEqual(
        counts,
        ids.map((id) => id + 1),
      );
      for (const [i, { count, list }] of results.entries()) {
        assert.equal(list.length, count);
        assert.equal(list.at(-1), ids[i]);
      }
      assert.equal(new Set(results.map(({ list }) => list)).size, 300);
      assert.equal(new Set(results).size, 300);
    }
  });
});

test(
  "an argument that is changed in the place where it waits: each task gets what a copy of its own would be",
  limit,
  async () => {
    await onPool({ maxWorkers: 2 }, async (pool) => {
      const bytes = new Uint8Array(64).fill(1);
      const futures = range(400).map((i) =>
        pool.submit(
          (view: Uint8Array, value: number) => {
            const [before] = view;
            view.fill(value);
            return [before, view[63]];
          },
          bytes,
          i % 256,
        ),
      );
      for (const [i, future] of futures.entries()) assert.deepEqual(await future, [1, i % 256]);
      assert.equal(bytes[0], 1);
    });
  },
);

test("shared memory stays shared between all tasks of a burst, inside objects too", limit, async () => {
  await onPool({ maxWorkers: 2 }, async (pool) => {
    const cells = sharedCells(2);
    const count = (item: { cells: Int32Array }, place: number): number => Atomics.add(item.cells, place, 1);
    await settled(range(1_000).map((i) => pool.submit(count, { cells }, i % 2)));
    assert.deepEqual([...cells], [500, 500]);
  });
});

test("what one task of a burst is to move does not take the others' copies along", limit, async () => {
  await onTracedPool(300, { maxWorkers: 2 }, async ({ pool }) => {
    const futures = range(300).map((i) => {
      const bytes = new Uint8Array(100).fill(i % 7);
      const executor: Executor = i % 3 === 0 ? pool.with({ transfer: [bytes.buffer] }) : pool;
      return executor.submit(sumBytes, i, bytes);
    });
    for (const [i, future] of futures.entries()) assert.equal(await future, 100 * (i % 7));
    const moved = range(100).map((i) =>
      pool.submit((value: number) => {
        const bytes = new Uint8Array(32).fill(value);
        return transfer({ bytes }, [bytes.buffer]);
      }, i),
    );
    for (const [i, future] of moved.entries()) assert.deepEqual([...(await future).bytes], Array(32).fill(i));
  });
});

test(
  "a closure's variables are read at each submission, also where the same closure goes out many times in a burst",
  limit,
  async () => {
    await onPool({ maxWorkers: 2 }, async (pool) => {
      let count = 0;
      const state = { count: 0, list: [] as number[] };
      const read = (): unknown => [count, state.count, state.list.length];
      const futures = range(300).map((i) => {
        count = i;
        state.count = 10 * i;
        state.list.push(i);
        return pool.submit(read);
      });
      for (const [i, future] of futures.entries()) assert.deepEqual(await future, [i, 10 * i, i + 1]);
    });
  },
);

test("an argument or a result that can't be sent fails its own task of a burst only", limit, async () => {
  await onTracedPool(400, { maxWorkers: 2 }, async ({ pool, runs }) => {
    const futures = range(400).map((i): Future<unknown> => {
      if (i % 20 === 3) return pool.submit(echo, i, { promise: Promise.resolve() });
      if (i % 20 === 7) return pool.submit((id: number) => [id, Symbol("odd")], i);
      return i % 2 ? pool.submit(echo, i, i) : pool.submit(echo, i, { i });
    });
    await settled(futures);
    for (const [i, future] of futures.entries()) {
      if (i % 20 === 3 || i % 20 === 7) {
        assert.match(String(await future.exception()), /SerializationError/);
        assert.equal(runs(i), 0);
      } else {
        assert.deepEqual(await future, i % 2 ? i : { i });
        assert.equal(runs(i), 1);
      }
    }
  });
});
