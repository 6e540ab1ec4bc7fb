// What listens to a task's signal runs as that task, whoever aborts it.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import { AsyncExecutor, currentTask, type Executor, propagate, ThreadPoolExecutor } from "ungil";
import { Gate } from "ungil/testing";

const limit = { timeout: 60_000 };
const store = propagate("abort.store", new AsyncLocalStorage<string>());

/** Waits to be aborted, and prints and reports what its listener sees. */
const untilAborted = async (cells: Int32Array): Promise<void> => {
  const { id, signal } = currentTask();
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => {
      const task = currentTask();
      task.report([task.id === id, task.context, store.getStore()]);
      console.log(`task ${id}`);
      resolve();
    });
    Atomics.add(cells, 1, 1);
  });
};

const told: [text: string, task: number | undefined][] = [];

const executors: [name: string, make: () => Executor][] = [
  [
    "threads",
    () =>
      new ThreadPoolExecutor({
        maxWorkers: 1,
        tasksPerWorker: 2,
        onOutput: ({ text, task }) => told.push([text, task?.id]),
      }),
  ],
  ["event loop", () => new AsyncExecutor({ maxWorkers: 4 })],
];

for (const [name, make] of executors) {
  test(`${name}: a listener finds its own task, context and stores`, limit, async (t) => {
    if (name !== "threads") t.mock.method(console, "log", () => {});
    await using executor = make();
    const gate = new Gate();
    const futures = ["a", "b"].map((each) =>
      store.run(each, () => executor.with({ context: each }).submit(untilAborted, gate.cells)),
    );
    const reports = futures.map(async (future) => {
      const all: unknown[] = [];
      try {
        for await (const report of future.progress) all.push(report);
      } catch {
        // it was aborted
      }
      return all;
    });
    await gate.arrived(2);
    const aborter = (await store.run("aborter", () =>
      name === "threads"
        ? futures.map((each) => each.abort())
        : executor.submit(() => futures.map((each) => each.abort())),
    )) as unknown[];
    assert.equal(aborter.length, 2);
    assert.deepEqual(await Promise.all(reports), [[[true, "a", "a"]], [[true, "b", "b"]]]);
    await Promise.allSettled(futures);
    if (name === "threads") {
      assert.deepEqual(
        told.map(([text, id]) => text === `task ${id}\n`),
        [true, true],
      );
    }
  });
}
