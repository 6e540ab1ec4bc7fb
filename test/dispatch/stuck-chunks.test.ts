// Chunks of a map in which an item does not get on: what is behind it is run elsewhere, and nothing twice.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { CancelledError, WorkerExitError } from "ungil";
import { Gate, sharedCells, until } from "ungil/testing";
import { limit, onPool, patience, range } from "./support/pool.js";

/** How an item passes its time. */
type Way = "spin" | "block" | "await";

/** Takes so many ms, and counts its runs. */
function take(runs: Int32Array, id: number, time: number, way: Way): number | Promise<number> {
  Atomics.add(runs, id, 1);
  if (time === 0) return id;
  if (way === "await") return new Promise((resolve) => setTimeout(resolve, time, id));
  if (way === "block") Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, time);
  else for (const end = performance.now() + time; performance.now() < end; );
  return id;
}

const scenario = fc.record({
  // around the times after which a chunk is told to stop, and what it has not begun is taken back
  times: fc.array(fc.constantFrom(0, 0, 0, 0, 2, 9, 10, 11, 19, 20, 21, 30), { minLength: 5, maxLength: 40 }),
  way: fc.constantFrom<Way>("spin", "block", "await"),
  chunksize: fc.constantFrom("auto" as const, 3, 20, 1_000),
  kind: fc.constantFrom("numbers", "texts", "objects", "nothing", "into" as const),
  ordered: fc.boolean(),
  maxWorkers: fc.constantFrom(1, 2),
});

test("items around the time after which a chunk gives back: each runs once, results are in order", {
  timeout: 240_000,
}, async () => {
  await onPool({ maxWorkers: 1 }, (one) =>
    onPool({ maxWorkers: 2 }, async (two) => {
      await fc.assert(
        fc.asyncProperty(scenario, async ({ times, way, chunksize, kind, ordered, maxWorkers }) => {
          const pool = maxWorkers === 1 ? one : two;
          const length = 20 * times.length;
          const runs = sharedCells(length);
          // long ones are rare, so that they are among short ones
          const timeOf = (id: number): number => (id % 20 === 7 ? times[Math.floor(id / 20)]! : 0);
          const schedule = Int32Array.from(range(length), timeOf);
          const options = { chunksize, ordered, timeout: patience };
          const order = (values: number[]): number[] => (ordered ? values : values.toSorted((a, b) => a - b));
          if (kind === "nothing") {
            await pool.forEach((id: number) => take(runs, id, schedule[id]!, way), range(length), {
              chunksize,
              timeout: patience,
            });
          } else if (kind === "into") {
            const into = new Float64Array(new SharedArrayBuffer(8 * length));
            await pool.map((id: number) => take(runs, id, schedule[id]!, way), range(length), {
              chunksize,
              into,
              timeout: patience,
            });
            assert.deepEqual([...into], range(length));
          } else if (kind === "numbers") {
            const results = await pool.map(
              (id: number) => take(runs, id, schedule[id]!, way),
              range(length),
              options,
            );
            assert.deepEqual(order(results), range(length));
          } else if (kind === "texts") {
            const texts = range(length).map(String);
            const echo = async (text: string): Promise<string> => {
              await take(runs, Number(text), schedule[Number(text)]!, way);
              return text;
            };
            assert.deepEqual(order((await pool.map(echo, texts, options)).map(Number)), range(length));
          } else {
            const objects = range(length).map((id) => ({ id }));
            const results = await pool.map(
              ({ id }: { id: number }): { id: number } | Promise<{ id: number }> => {
                const done = take(runs, id, schedule[id]!, way);
                return typeof done === "number" ? { id } : done.then(() => ({ id }));
              },
              objects,
              options,
            );
            assert.deepEqual(order(results.map(({ id }) => id)), range(length));
          }
          assert.deepEqual([...runs], Array(length).fill(1));
        }),
        { numRuns: 60, endOnFailure: true },
      );
    }),
  );
});

test("an optimised loop begins nothing that was taken back", limit, async () => {
  await onPool({ maxWorkers: 2 }, async (pool) => {
    const runs = sharedCells(200_000);
    const items = new Float64Array(new SharedArrayBuffer(8 * 200_000));
    items.set(range(200_000));
    // nothing atomic within the function: the loop around it may be compiled as one piece
    const fn = (id: number): number => {
      runs[id] = runs[id]! + 1;
      if (id % 20_000 === 15_000) for (const end = performance.now() + 45; performance.now() < end; );
      return id;
    };
    for (let round = 1; round <= 3; round += 1) {
      const results = await pool.map(fn, items, { chunksize: 50_000, timeout: patience });
      assert.ok(results.every((result, id) => result === id));
      assert.ok(runs.every((count) => count === round));
    }
  });
});

for (const kind of ["numbers", "reduction"] as const) {
  test(`the rest of a stuck chunk is run while the executor shuts down: ${kind}`, limit, async () => {
    await onPool({ maxWorkers: 2 }, async (pool) => {
      const gate = new Gate(patience);
      const { cells } = gate;
      const runs = sharedCells(100);
      const fn = (id: number): number => {
        Atomics.add(runs, id, 1);
        if (id === 5) {
          Atomics.add(cells, 1, 1);
          Atomics.wait(cells, 0, 0);
        }
        return id;
      };
      const options = { chunksize: 100, timeout: patience };
      const sum =
        kind === "numbers"
          ? pool.map(fn, range(100), options).then((results) => results.reduce((a, b) => a + b))
          : pool.reduce(fn, range(100), (a: number, b: number) => a + b, options);
      await gate.arrived(1);
      const closed = pool.shutdown();
      await until(() => runs.subarray(6).every((count) => count === 1), "the others have run", patience);
      gate.open();
      assert.equal(await sum, 4_950);
      await closed;
      assert.ok(runs.every((count) => count === 1));
    });
  });
}

test("a chunk that was told to stop just before the executor shuts down still runs all of its items", {
  timeout: 120_000,
}, async () => {
  for (const time of [0, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 32]) {
    const runs = sharedCells(40);
    await onPool({ maxWorkers: 1 }, async (pool) => {
      const schedule = Int32Array.from(range(40), (id) => (id === 3 ? 30 : 0));
      const results = pool.map((id: number) => take(runs, id, schedule[id]!, "spin"), range(40), {
        chunksize: 40,
        timeout: patience,
      });
      await until(() => Atomics.load(runs, 3) === 1, "the long item has begun");
      await new Promise((resolve) => setTimeout(resolve, time));
      await pool.shutdown();
      assert.deepEqual(await results, range(40));
    });
    assert.deepEqual([...runs], Array(40).fill(1));
  }
});

test(
  "the last worker dies with a chunk in hand while the executor shuts down: the rest is run",
  limit,
  async () => {
    await onPool({ maxWorkers: 1 }, async (pool) => {
      const gate = new Gate(patience);
      const { cells } = gate;
      const results = pool.map(
        (id: number) => {
          if (id !== 5) return id;
          Atomics.add(cells, 1, 1);
          Atomics.wait(cells, 0, 0);
          process.exit(7);
        },
        range(50),
        { chunksize: 50, errors: "settle", timeout: patience },
      );
      await gate.arrived(1);
      const closed = pool.shutdown();
      gate.open();
      for (const [id, result] of (await results).entries()) {
        if (id === 5) assert.ok(result.status === "rejected" && result.reason instanceof WorkerExitError);
        else assert.deepEqual(result, { status: "fulfilled", value: id });
      }
      await closed;
    });
  },
);

test(
  "the results before a stuck item are there, and a death of its worker costs only that item",
  limit,
  async () => {
    await onPool({ maxWorkers: 2 }, async (pool) => {
      const gate = new Gate(patience);
      const { cells } = gate;
      const stream = pool.map(
        (id: number) => {
          if (id !== 12) return id;
          Atomics.add(cells, 1, 1);
          Atomics.wait(cells, 0, 0);
          process.exit(7);
        },
        range(40),
        { chunksize: 40, errors: "settle", ordered: false, timeout: patience },
      );
      const values: number[] = [];
      const reasons: unknown[] = [];
      for await (const result of stream) {
        if (result.status === "rejected") reasons.push(result.reason);
        else if (values.push(result.value) === 39) gate.open();
      }
      assert.deepEqual(
        values.toSorted((a, b) => a - b),
        range(40).filter((id) => id !== 12),
      );
      assert.equal(reasons.length, 1);
      assert.ok(reasons[0] instanceof WorkerExitError);
    });
  },
);

test(
  "shutdown with cancelFutures: what was behind a stuck item runs once or is cancelled",
  limit,
  async () => {
    await onPool({ maxWorkers: 1 }, async (pool) => {
      const gate = new Gate(patience);
      const { cells } = gate;
      const runs = sharedCells(40);
      const stream = pool.map(
        (id: number) => {
          Atomics.add(runs, id, 1);
          if (id === 3) {
            Atomics.add(cells, 1, 1);
            Atomics.wait(cells, 0, 0);
          }
          return id;
        },
        range(40),
        { chunksize: 40, errors: "settle", timeout: patience },
      );
      await gate.arrived(1);
      // the rest waits in the queue as soon as it was taken back
      await until(() => pool.stats().queued === 1, "the rest was taken back", patience);
      const closed = pool.shutdown({ cancelFutures: true });
      gate.open();
      const results = await stream;
      await closed;
      for (const [id, result] of results.entries()) {
        const ran = result.status === "fulfilled";
        // what waits right in front of the worker may begin, too
        if (id <= 3) assert.ok(ran);
        if (!ran) assert.ok(result.reason instanceof CancelledError);
        assert.equal(runs[id], ran ? 1 : 0);
      }
    });
  },
);
