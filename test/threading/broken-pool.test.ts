import assert from "node:assert/strict";
import { test } from "node:test";
import { BrokenThreadPoolError, ThreadPoolExecutor } from "ungil";

test("E4: a map on a pool whose initializer fails ends with BrokenThreadPoolError, and nothing settles twice", async () => {
  const uncaught: unknown[] = [];
  const note = (error: unknown): void => void uncaught.push(error);
  process.on("uncaughtException", note);
  try {
    await using pool = new ThreadPoolExecutor({
      maxWorkers: 1,
      initializer: () => {
        throw new RangeError("no licence");
      },
    });
    const stream = pool.map((n: number) => n, [1, 2, 3, 4]);
    const error: unknown = await stream.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof BrokenThreadPoolError);
    assert.match(error.message, /no licence/);
  } finally {
    process.off("uncaughtException", note);
  }
  assert.deepEqual(uncaught, []);
});
