// The current task of functions that call nothing: what they read may ask for it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Executor, ThreadPoolExecutor } from "ungil";
import { contextSeen, idSeen, laterSeen } from "./support/quiet.js";

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

test("a function that calls nothing is its own task to the accessors that it reads", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const ids = await Promise.all(range(500).map(() => pool.submit(idSeen)));
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(
    ids,
    ids.toSorted((one, other) => one - other),
  );
});

test("a context that was given to one task is not that of the next", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const views: Executor[] = [pool, pool.with({ context: "given" })];
  const seen = await Promise.all(range(200).map((i) => views[i % 2]!.submit(contextSeen)));
  assert.deepEqual(
    seen,
    range(200).map((i) => (i % 2 === 0 ? undefined : "given")),
  );
});

test("what goes on in the worker after such a task has no task", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  await Promise.all(range(50).map(() => pool.submit(idSeen)));
  assert.equal(await pool.submit(laterSeen), "none");
});
