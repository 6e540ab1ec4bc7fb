// What a thread loads when it starts, and what it shares with the code of its tasks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CaptureError, currentTask, ThreadPoolExecutor } from "ungil";
import { add } from "./support/tasks.js";

const parserIsLoaded = (): boolean => {
  const { cache } = process.getBuiltinModule("node:module").createRequire(process.execPath);
  return Object.keys(cache).some((file) => file.endsWith("analysis.cjs"));
};

test("a thread loads the parser when a function is captured in it, and not before", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  assert.equal(await pool.submit(parserIsLoaded), false);
  assert.equal(
    await pool.submit(async () => (await currentTask().executor.submit((n: number) => n, 1)) + 1),
    2,
  );
  assert.equal(await pool.submit(parserIsLoaded), true);
});

test("a task that imports the package has the same classes as its worker", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const kinds = await pool.submit(async () => {
    const { Future, CaptureError: Refusal } = await import("ungil");
    const inner = currentTask().executor.submit(add, 1, 2);
    const refused = (): unknown => currentTask().executor.submit(() => inner);
    let refusal: unknown;
    try {
      refused();
    } catch (error) {
      refusal = error;
    }
    return [inner instanceof Future, await inner, refusal instanceof Refusal];
  });
  assert.deepEqual(kinds, [true, 3, true]);
});

test("a pool whose first function is refused takes others, and ends", async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const promise = Promise.resolve(1);
  assert.throws(() => pool.submit(() => promise), CaptureError);
  assert.equal(pool.stats().submitted, 0);
  assert.equal(await pool.submit(add, 1, 2), 3);
  assert.equal(pool.stats().workers.started, 1, "the thread that had started for it serves");
  await pool.shutdown();
});
