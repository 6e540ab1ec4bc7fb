import assert from "node:assert/strict";
import { test } from "node:test";
import { AsyncExecutor, type Executor, ThreadPoolExecutor } from "ungil";

const executors: [string, () => Executor][] = [
  ["AsyncExecutor", () => new AsyncExecutor({ maxWorkers: 1 })],
  ["ThreadPoolExecutor", () => new ThreadPoolExecutor({ maxWorkers: 1 })],
];

for (const [name, create] of executors) {
  test(`${name}: a callback that ends the executor leaves no future behind`, async () => {
    for (const end of ["shutdown", "terminate"] as const) {
      const executor = create();
      const futures = Array.from({ length: 30 }, (_, i) => executor.submit((x: number) => x, i));
      const ends = futures.map((future) =>
        future.then(
          () => "value",
          () => "error",
        ),
      );
      let closed: Promise<void> | undefined;
      futures[3]!.onDone(() => {
        closed = executor[end]();
      });
      const seen = await Promise.all(ends);
      await closed;
      assert.deepEqual(seen.slice(0, 4), ["value", "value", "value", "value"]);
      if (end === "shutdown") assert.ok(seen.every((each) => each === "value"));
      const { submitted, completed, failed, cancelled, state } = executor.stats();
      assert.deepEqual([completed + failed + cancelled, state], [submitted, "shut-down"]);
    }
  });

  test(`${name}: cancelling from the callback of a cancelled future takes the whole queue along`, async () => {
    const executor = create();
    const futures = Array.from({ length: 200 }, (_, i) => executor.submit((x: number) => x, i));
    for (const [i, future] of futures.entries()) {
      future.onDone((done) => done.cancelled() && futures[i + 1]?.cancel());
      future.then(undefined, () => {});
    }
    futures[100]!.cancel();
    await executor.shutdown();
    assert.equal(executor.stats().cancelled, 100);
    assert.equal(executor.stats().completed + executor.stats().cancelled, 200);
  });
}
