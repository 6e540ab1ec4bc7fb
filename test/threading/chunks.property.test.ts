// Random maps on threads against what the same loop gives on this thread. A failure prints its seed and path.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as fc from "fast-check";
import { ThreadPoolExecutor } from "ungil";
import { sharedCells } from "ungil/testing";

const pools = [1, 2, 3].map((maxWorkers) => new ThreadPoolExecutor({ maxWorkers }));
after(() => Promise.all(pools.map((pool) => pool.shutdown())));

/** What an item is made of, by its index: kinds change within an input, and so within a chunk. */
const kinds: Readonly<Record<string, (index: number) => unknown>> = {
  whole: (index) => index - 5,
  double: (index) => index / 3,
  special: (index) => [Number.NaN, -0, Number.POSITIVE_INFINITY, 2 ** 31, -(2 ** 31), 2 ** 53][index % 6],
  text: (index) => "ä".repeat(index % 5),
  lone: (index) => `\ud800${index}`,
  nothing: (index) => (index % 2 === 0 ? null : undefined),
  truth: (index) => index % 3 === 0,
  large: (index) => BigInt(index) << 70n,
  object: (index) => ({ index, list: [index, { index }] }),
  map: (index) => new Map([[index, new Date(index)]]),
  bytes: (index) => new Uint8Array([index]),
  error: (index) => new RangeError(`value ${index}`),
};

const scenario = fc.record({
  length: fc.oneof(fc.nat(30), fc.nat(600)),
  kinds: fc.array(fc.constantFrom(...Object.keys(kinds)), { minLength: 1, maxLength: 3 }),
  /** Items of one kind in a row. */
  run: fc.constantFrom(1, 3, 50, 1_000),
  failing: fc.uniqueArray(fc.nat(600), { maxLength: 4 }),
  chunksize: fc.oneof(fc.constant("auto" as const), fc.integer({ min: 1, max: 700 })),
  buffersize: fc.option(fc.integer({ min: 1, max: 700 }), { nil: undefined }),
  ordered: fc.boolean(),
  errors: fc.constantFrom("throw" as const, "settle" as const),
  input: fc.constantFrom("array", "generator", "async", "set" as const),
  async: fc.constantFrom("never", "sometimes", "always" as const),
  consumer: fc.constantFrom("await", "iterate" as const),
  pool: fc.nat(2),
});

test("D5, D6, D9, D10: whatever the items, the options and the chunks, a map gives what a loop gives", {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      const pool = pools[given.pool]!;
      const { length, ordered, errors, chunksize, buffersize } = given;
      const values = Array.from({ length }, (_, index) => {
        const kind = given.kinds[Math.floor(index / given.run) % given.kinds.length]!;
        return kinds[kind]!(index);
      });
      const counts = sharedCells(length + 1);
      const failing = new Set(given.failing);
      const mode = given.async;
      const fn = (value: unknown, index: number): unknown => {
        Atomics.add(counts, index, 1);
        if (failing.has(index)) throw new RangeError(`item ${index}`);
        if (mode === "always" || (mode === "sometimes" && index % 7 === 3)) return Promise.resolve(value);
        return value;
      };
      const inputs: Record<string, () => Iterable<unknown> | AsyncIterable<unknown>> = {
        array: () => values,
        set: () => values[Symbol.iterator](),
        *generator() {
          yield* values;
        },
        async *async() {
          yield* values;
        },
      };
      const stream = pool.map(fn, inputs[given.input]!(), {
        ordered,
        chunksize,
        buffersize,
        errors: errors as "throw",
      });
      const results: unknown[] = [];
      let error: unknown;
      try {
        if (given.consumer === "await") results.push(...(await stream));
        else for await (const result of stream) results.push(result);
      } catch (reason) {
        error = reason;
      }

      const firstFailure = values.findIndex((_, index) => failing.has(index));
      const fails = errors === "throw" && firstFailure >= 0;
      if (fails) {
        assert.ok(error instanceof RangeError, String(error));
        const [, at] = /^item (\d+)$/.exec(error.message) ?? [];
        if (ordered) assert.equal(Number(at), firstFailure);
        else assert.ok(failing.has(Number(at)));
      } else assert.equal(error, undefined);

      if (errors === "settle") {
        const settled = results as PromiseSettledResult<unknown>[];
        const rejected = settled.flatMap((result) => (result.status === "rejected" ? [result] : []));
        assert.equal(settled.length, length);
        assert.deepEqual(
          rejected.map(({ reason }) => (reason as Error).message).toSorted(),
          [...failing]
            .filter((index) => index < length)
            .map((index) => `item ${index}`)
            .toSorted(),
        );
        if (ordered) {
          for (const [index, result] of settled.entries()) {
            if (result.status === "fulfilled") assert.deepEqual(result.value, values[index]);
            else assert.ok(failing.has(index));
          }
        }
      } else if (!fails && ordered) assert.deepEqual(results, values);
      else if (!fails) assert.equal(results.length, length);
      else if (ordered && given.consumer === "iterate")
        assert.deepEqual(results, values.slice(0, firstFailure));

      // each item was run once, and none that would not have to be
      const runs = [...counts.subarray(0, length)];
      if (!fails) assert.ok(runs.every((count) => count === 1));
      else
        assert.ok(
          runs.every((count, index) => count <= 1 && (count === 1 || !ordered || index > firstFailure)),
        );
    }),
    { numRuns: 250, interruptAfterTimeLimit: 15_000, endOnFailure: true },
  );
});

const sums = fc.record({
  items: fc.array(fc.integer({ min: -1_000, max: 1_000 }), { maxLength: 400 }),
  chunksize: fc.oneof(fc.constant("auto" as const), fc.integer({ min: 1, max: 100 })),
  initial: fc.option(fc.constant("start:"), { nil: undefined }),
  pool: fc.nat(2),
});

test("reduce combines in the order of the items, whatever the chunks", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(sums, async ({ items, chunksize, initial, pool }) => {
      const text = (item: number, index: number): string => `${index}:${item},`;
      const reduction = pools[pool]!.reduce(text, items, (one, other) => one + other, { chunksize, initial });
      if (items.length === 0 && initial === undefined)
        return assert.rejects(reduction.result(), /initial must be/);
      assert.equal(await reduction, [initial ?? "", ...items.map(text)].join(""));
    }),
    { numRuns: 60, interruptAfterTimeLimit: 8_000, endOnFailure: true },
  );
});
