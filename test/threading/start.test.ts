// What a thread loads when it starts, and what it shares with the code of its tasks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CaptureError, currentTask, ThreadPoolExecutor } from "ungil";
import { add } from "./support/tasks.js";

/** Which of the files that can be loaded later a thread has loaded: the parser, and what few tasks need. */
const loadedLater = (): string[] => {
  const { cache } = process.getBuiltinModule("node:module").createRequire(process.execPath);
  const names = Object.keys(cache).map((file) => file.split(/[\\/]/).at(-1)!);
  return names.filter((name) => name === "analysis.cjs" || name === "later.cjs").toSorted();
};

test("a thread loads what captures functions when a task submits one, in the middle of the task, and not before", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const pair = { a: 1, b: "text" };
  assert.deepEqual(await pool.submit((given: typeof pair) => [given, pair], pair), [pair, pair]);
  assert.deepEqual(await pool.submit(loadedLater), []);
  const [before, name, inner, after] = await pool.submit((loaded: typeof loadedLater) => {
    const first = loaded();
    const { executor } = currentTask();
    const future = executor.submit((n: number) => n + 1, 1);
    return future.then((value) => [first, executor.name, value, loaded()] as const);
  }, loadedLater);
  assert.deepEqual([before, name, inner], [["later.cjs"], pool.name, 2], "the argument is a function");
  assert.deepEqual(after, ["analysis.cjs", "later.cjs"]);
});

for (const [what, task] of [
  ["fails", (): unknown => Promise.reject(new RangeError("no"))],
  ["answers with an error", (): unknown => new RangeError("no")],
] as const) {
  test(`the first task of a thread that ${what} is answered as any other`, async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const error = await pool.submit(task).then(
      (value) => value,
      (failure: unknown) => failure,
    );
    assert.ok(error instanceof RangeError);
    assert.equal(error.message, "no");
    assert.deepEqual(await pool.submit(loadedLater), ["later.cjs"]);
  });
}

test("the first work of a thread may be a chunk of a map, which it loads what runs it for", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  assert.deepEqual(await pool.map((n) => 2 * n, [1, 2, 3]), [2, 4, 6]);
  assert.deepEqual(await pool.submit(loadedLater), ["later.cjs"]);
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
