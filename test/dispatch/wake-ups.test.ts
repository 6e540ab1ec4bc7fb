import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import * as fc from "fast-check";
import type { Future, ThreadPoolExecutor, WorkerExecutorOptions } from "ungil";
import { limit, onTracedPool, range, settled } from "./support/pool.js";
import { burn, echo, later, next } from "./support/tasks.js";

/** Keeps this thread busy for about so many steps, and answers with something that depends on them. */
function think(steps: number): number {
  let sum = 0;
  for (let i = 0; i < steps; i++) sum = Math.imul(sum ^ i, 31);
  return sum;
}

/** Ways of letting time pass between two submissions: the other side may be awake, falling asleep, or asleep. */
const pauses = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("none" as const), length: fc.constant(0) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("think" as const), length: fc.nat(100_000) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("turns" as const), length: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("sleep" as const), length: fc.nat(2) }) },
);

type Pause = typeof pauses extends fc.Arbitrary<infer P> ? P : never;

async function rest({ kind, length }: Pause): Promise<void> {
  if (kind === "think") think(length);
  else if (kind === "turns") for (let i = 0; i < length; i++) await turn();
  else if (kind === "sleep") await sleep(length);
}

const tasks: ((pool: ThreadPoolExecutor, id: number) => Future<unknown>)[] = [
  (pool, id) => pool.submit(next, id, id),
  (pool, id) => pool.submit(echo, id, { id }),
  (pool, id) => pool.submit(echo, id, "text"),
  (pool, id) => pool.submit(later, id, id),
  (pool, id) => pool.submit(burn, id, 30_000),
];

const steps = fc.array(
  fc.record({
    pause: pauses,
    kind: fc.nat(tasks.length - 1),
    size: fc.integer({ min: 1, max: 4 }),
    awaited: fc.boolean(),
  }),
  { minLength: 20, maxLength: 150 },
);

const pools: WorkerExecutorOptions[] = [
  { maxWorkers: 1 },
  { maxWorkers: 2 },
  { maxWorkers: 2, spin: false },
  { maxWorkers: 3, tasksPerWorker: 2 },
  // workers come and go in between
  { maxWorkers: 2, idleTimeout: 0 },
];

for (const options of pools) {
  test(
    `whenever a task is submitted, be its worker busy, about to sleep or asleep, it is answered (${JSON.stringify(options)})`,
    limit,
    async () => {
      const numRuns = options.idleTimeout === 0 ? 2 : 10;
      await onTracedPool(numRuns * 600, options, async ({ pool, runs }) => {
        let first = 0;
        await fc.assert(
          fc.asyncProperty(steps, async (given) => {
            const from = first;
            let open: Future<unknown>[] = [];
            for (const { pause, kind, size, awaited } of given) {
              await rest(pause);
              for (let i = 0; i < size; i++) open.push(tasks[kind]!(pool, first++));
              if (!awaited) continue;
              await settled(open);
              open = [];
            }
            await settled(open);
            assert.ok(range(first - from).every((i) => runs(from + i) === 1));
          }),
          { numRuns, endOnFailure: true },
        );
      });
    },
  );
}

test("one task at a time, three thousand times, after thinking for every length of time", limit, async () => {
  for (const options of [{ maxWorkers: 1 }, { maxWorkers: 2, spin: false }]) {
    await onTracedPool(3_000, options, async ({ pool }) => {
      for (let i = 0; i < 3_000; i++) {
        think((i * 7_919) % 60_000);
        const future = pool.submit(next, i, i);
        // the usual wait is cheaper; this one tells a lost answer
        if (i % 100 === 0) await settled([future]);
        assert.equal(await future.result({ timeout: 30_000 }), i + 1);
      }
    });
  }
});

test("bursts of all sizes around those at which submissions and answers are grouped", limit, async () => {
  const sizes = [
    1, 2, 3, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 511, 512, 513, 1_023, 1_024, 1_025, 2_047,
    2_049, 4_097,
  ];
  await onTracedPool(
    2 * sizes.reduce((sum, size) => sum + size, 0),
    { maxWorkers: 2 },
    async ({ pool, runs }) => {
      let first = 0;
      for (const size of sizes) {
        for (const fn of [next, later]) {
          const from = first;
          first += size;
          const futures = range(size).map((i) => pool.submit(fn as typeof next, from + i, i));
          await settled(futures, `a burst of ${size}`);
          const added = fn === next ? 1 : 0;
          assert.deepEqual(
            await Promise.all(futures),
            range(size).map((i) => i + added),
          );
          assert.ok(range(size).every((i) => runs(from + i) === 1));
        }
      }
    },
  );
});

test("arguments and results from nothing to megabytes, mixed in one burst", limit, async () => {
  const lengths = [0, 1, 100, 1_000, 4_095, 4_096, 4_097, 65_536, 524_288, 524_289, 1_048_576, 3_000_000];
  await onTracedPool(4 * lengths.length + 300, { maxWorkers: 2 }, async ({ pool }) => {
    const values = lengths.flatMap((length): unknown[] => [
      "x".repeat(length),
      `é${"ü".repeat(length)}`,
      new Uint8Array(length).fill(length % 251),
      { list: range(Math.min(length, 50_000)) },
    ]);
    const futures = values.map((value, id) => pool.submit(echo, id, value));
    const small = range(300).map((i) => pool.submit(echo, values.length + i, i));
    await settled([...futures, ...small]);
    for (const [i, future] of futures.entries()) assert.deepEqual(await future, values[i], `value ${i}`);
    assert.deepEqual(await Promise.all(small), range(300));
  });
});
