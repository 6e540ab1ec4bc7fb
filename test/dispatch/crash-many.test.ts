import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Future, WorkerExitError } from "ungil";
import { burst, check, checkUsable, learn, size } from "./support/deaths.js";
import { endOf } from "./support/plans.js";
import { limit, onTracedPool, range, settled, turns } from "./support/pool.js";
import { echo, makeArray, passOrDie, sumBytes } from "./support/tasks.js";

test("process.exit at places of a map: each other item has its result", limit, async () => {
  await onTracedPool(4 * 3 * size, { maxWorkers: 1 }, async (traced) => {
    let first = 0;
    for (const chunksize of ["auto", 1, 7, size] as const) {
      for (const place of [0, 6, 39]) {
        const from = first;
        const results = await traced.pool.map(
          (id: number) => passOrDie(id, id - from === place ? "exit" : "none"),
          range(size).map((i) => from + i),
          { chunksize, errors: "settle" },
        );
        for (const [i, result] of results.entries()) {
          if (i === place)
            assert.ok(result.status === "rejected" && result.reason instanceof WorkerExitError);
          else assert.deepEqual(result, { status: "fulfilled", value: from + i });
          assert.equal(traced.runs(from + i), 1);
        }
        first += size;
      }
    }
    await checkUsable(traced);
  });
});

test(
  "many deaths in one burst: each costs its own task, however many workers the others lose",
  limit,
  async () => {
    const places = fc.uniqueArray(fc.nat(size - 1), { minLength: 2, maxLength: 6 });
    for (const maxWorkers of [1, 2]) {
      const numRuns = 3;
      await onTracedPool(500 + numRuns * size, { maxWorkers }, async (traced) => {
        await learn(traced, 500);
        let first = 500;
        await fc.assert(
          fc.asyncProperty(places, async (dying) => {
            const from = first;
            first += size;
            const futures = burst(traced, from, new Map(dying.map((i) => [i, "exit"])));
            await check(traced, futures, from, (i) => (dying.includes(i) ? "died" : "resolved"));
          }),
          { numRuns, endOnFailure: true },
        );
        await checkUsable(traced);
      });
    }
  },
);

test("a task behind fifteen that die is not taken for their cause", limit, async () => {
  await onTracedPool(500 + size, { maxWorkers: 1 }, async (traced) => {
    await learn(traced, 500);
    const futures = burst(traced, 500, new Map(range(15).map((i) => [2 * i, "exit"])));
    await check(traced, futures, 500, (i) => (i < 30 && i % 2 === 0 ? "died" : "resolved"));
  });
});

test("deaths among tasks of all kinds that come in several turns", limit, async () => {
  const kinds = fc.constantFrom(
    ...["next", "object", "bytes", "moved", "array"].flatMap((kind) => [kind, kind, kind]),
    "exit",
  );
  const bursts = fc.array(fc.tuple(fc.array(kinds, { maxLength: 30 }), fc.nat(3)), {
    minLength: 1,
    maxLength: 4,
  });
  const numRuns = 5;
  await onTracedPool(numRuns * 150, { maxWorkers: 2 }, async (traced) => {
    const { pool, runs } = traced;
    let first = 0;
    await fc.assert(
      fc.asyncProperty(bursts, async (given) => {
        const submitted: { kind: string; id: number; future: Future<unknown>; value: unknown }[] = [];
        for (const [tasks, pause] of given) {
          for (const kind of tasks) {
            const id = first++;
            const bytes = new Uint8Array(50).fill(1);
            const [future, value]: [Future<unknown>, unknown] =
              kind === "next"
                ? [pool.submit(echo, id, id), id]
                : kind === "object"
                  ? [pool.submit(echo, id, { id }), { id }]
                  : kind === "bytes"
                    ? [pool.submit(sumBytes, id, bytes), 50]
                    : kind === "moved"
                      ? [pool.with({ transfer: [bytes.buffer] }).submit(sumBytes, id, bytes), 50]
                      : kind === "array"
                        ? [pool.submit(makeArray, id, 10), Float64Array.from({ length: 10 }, (_, i) => i / 3)]
                        : [pool.submit(passOrDie, id, "exit"), undefined];
            submitted.push({ kind, id, future, value });
          }
          await turns(pause);
        }
        await settled(submitted.map(({ future }) => future));
        for (const { kind, id, future, value } of submitted) {
          const end = await endOf(future);
          assert.equal(runs(id), 1, kind);
          if (kind === "exit") assert.ok("error" in end && end.error instanceof WorkerExitError);
          else assert.deepEqual(end, { value }, kind);
        }
      }),
      { numRuns, endOnFailure: true },
    );
    await checkUsable(traced);
  });
});
