import assert from "node:assert/strict";
import { test } from "node:test";
import { WorkerExitError } from "ungil";
import { burst, check, checkUsable, learn, size } from "./support/deaths.js";
import { limit, onTracedPool, range } from "./support/pool.js";

const every = range(size);

for (const [maxWorkers, places] of [
  [1, every],
  [2, every.filter((place) => place % 8 === 0)],
] as const) {
  test(
    `process.exit costs its own task only, at ${places.length} of the ${size} places of a burst (maxWorkers: ${maxWorkers})`,
    limit,
    async () => {
      await onTracedPool(500 + size * size, { maxWorkers }, async (traced) => {
        await learn(traced, 500);
        for (const place of places) {
          const first = 500 + place * size;
          const futures = burst(traced, first, new Map([[place, "exit"]]));
          await check(traced, futures, first, (i) => (i === place ? "died" : "resolved"));
          const error = await futures[place]!.exception();
          assert.ok(error instanceof WorkerExitError);
          assert.deepEqual([error.exitCode, error.reason, error.task], [7, "exit", "passOrDie"]);
        }
        assert.equal(traced.pool.stats().workers.crashed, places.length);
        await checkUsable(traced);
      });
    },
  );
}
