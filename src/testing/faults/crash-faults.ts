import assert from "node:assert/strict";
import { WorkerExitError } from "../../errors.js";
import type { Executor } from "../../futures/executor.js";
import type { Future } from "../../futures/future.js";
import { type Cells, loadCell, valuesOf } from "../cells.js";
import type { Gate } from "../gate.js";
import * as plain from "../tasks.js";
import type { FaultExecutorOptions, FaultSuite, Scene } from "./context.js";
import * as tasks from "./tasks.js";

/** A name for the test, the way, and the exit code; the error that nobody caught is told as the cause. */
const ways: readonly [name: string, crash: tasks.Crash, exitCode: number, hasCause?: boolean][] = [
  ["process.exit at once", "exit", 7],
  ["process.exit in a timer", "exit in a timer", 8],
  ["process.exit in a chain of promises", "exit in a promise", 9],
  ["a worker that is gone at once, without its exit handlers", "reallyExit", 6],
  ["an error thrown in a timer", "throw in a timer", 1, true],
  ["an error thrown in nextTick", "throw in nextTick", 1, true],
  ["an error thrown in setImmediate", "throw in setImmediate", 1, true],
  ["a rejection that nobody handles", "rejection", 1, true],
];

/** Keeps all workers but one busy; they must not notice what happens to that one. */
export async function neighbours(scene: Scene, executor: Executor): Promise<[Gate<Cells>, Future<number>[]]> {
  const gate = scene.gate();
  const futures = Array.from({ length: scene.suite.workers - 1 }, (_, i) =>
    scene.watch(executor.submit(plain.blockAtGate, gate.cells, i)),
  );
  await gate.arrived(futures.length);
  return [gate, futures];
}

/** Loses a worker to one task, beside tasks on other workers and before tasks that wait. */
async function crash(
  scene: Scene,
  way: tasks.Crash,
  options: FaultExecutorOptions = {},
): Promise<WorkerExitError> {
  const executor = scene.executor(options);
  const [beside, running] = await neighbours(scene, executor);
  const gate = scene.gate();
  const doomed = scene.watch(
    executor.with({ name: "doomed" }).submit(tasks.crashAtGate, gate.cells, way) as Future<unknown>,
  );
  await gate.arrived(1);
  const behind = Array.from({ length: 5 }, (_, i) => scene.watch(executor.submit(plain.add, i, 1)));
  const since = performance.now();
  gate.open();
  const error = await scene.failure(doomed, WorkerExitError, since);
  assert.deepEqual(await Promise.all(behind), [1, 2, 3, 4, 5]);
  assert.ok(
    running.every((future) => future.running()),
    "tasks on other workers still run",
  );
  beside.open();
  assert.deepEqual(
    await Promise.all(running),
    running.map((_, i) => i),
  );
  assert.equal(executor.stats().workers.crashed, 1);
  await scene.fullStrength(executor);
  await scene.shutdown(executor);
  return error;
}

/** Workers that are lost to a task. */
export function crashFaults(suite: FaultSuite): void {
  for (const [name, way, exitCode, hasCause = false] of ways) {
    suite.fault(`${name} costs its own task only`, ["isolated"], async (scene) => {
      const error = await crash(scene, way);
      assert.deepEqual([error.reason, error.exitCode, error.task], ["exit", exitCode, "doomed"]);
      if (hasCause) assert.equal((error.cause as Error).message, way);
      else assert.equal(error.cause, undefined);
    });
  }

  suite.fault(
    "heap exhaustion under resourceLimits costs its own task only",
    ["resourceLimits"],
    async (scene) => {
      const resourceLimits = { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 8 };
      const error = await crash(scene, "heap", { resourceLimits });
      assert.deepEqual([error.reason, error.task], ["out-of-memory", "doomed"]);
    },
  );

  for (const way of ["result", "error"] as const) {
    suite.fault(
      `a worker that ends while the ${way} is written costs its own task only`,
      ["isolated"],
      async (scene) => {
        const executor = scene.executor();
        const since = performance.now();
        const doomed = scene.watch(executor.submit(tasks.exitWhenRead, way));
        const behind = scene.watch(executor.submit(plain.add, 1, 2));
        const error = await scene.failure(doomed, WorkerExitError, since);
        assert.equal(error.exitCode, 4);
        assert.equal(await behind, 3);
        await scene.fullStrength(executor);
      },
    );
  }

  suite.fault("a worker that dies idle costs no task", ["isolated"], async (scene) => {
    const executor = scene.executor();
    const gate = scene.gate();
    await executor.submit(tasks.exitWhenIdle, gate.cells);
    gate.open();
    await scene.until(() => executor.stats().workers.crashed === 1, "the worker is gone");
    await scene.fullStrength(executor);
    assert.equal(executor.stats().failed, 0);
  });

  suite.fault(
    "tasks that share a worker: those that had begun are lost with it by name, the others run once elsewhere",
    ["tasksPerWorker"],
    async (scene) => {
      const executor = scene.executor({ maxWorkers: 1, tasksPerWorker: 4 });
      const gate = scene.gate();
      const beside = [0, 1].map((i) => scene.watch(executor.submit(plain.pollAtGate, gate.cells, i)));
      await gate.arrived(2);
      const trigger = scene.gate();
      const doomed = scene.watch(executor.submit(tasks.crashAtGate, trigger.cells, "exit"));
      await trigger.arrived(1);
      const runs = scene.cells(20);
      const behind = Array.from({ length: 20 }, (_, i) =>
        scene.watch(executor.submit(tasks.countRun, runs, i)),
      );
      const since = performance.now();
      trigger.open();
      for (const future of [doomed, ...beside]) await scene.failure(future, WorkerExitError, since);
      assert.deepEqual(
        await Promise.all(behind),
        behind.map((_, i) => i),
      );
      assert.deepEqual(valuesOf(runs), Array(20).fill(1));
    },
  );

  suite.race(
    "many crashes among other tasks: each costs its own task only",
    ["isolated"],
    async (scene, random) => {
      const executor = scene.shared();
      const length = 4 + Math.floor(random() * 12);
      const runs = scene.cells(length);
      const deaths = new Set([Math.floor(random() * length), Math.floor(random() * length)]);
      const futures: Future<unknown>[] = [];
      const since = performance.now();
      for (let i = 0; i < length; i += 1) {
        const future: Future<unknown> = deaths.has(i)
          ? executor.submit(tasks.exit, 2)
          : executor.submit(tasks.countRun, runs, i);
        futures.push(scene.watch(future));
        if (random() < 0.2) await new Promise<void>((resolve) => setImmediate(resolve));
      }
      for (const [i, future] of futures.entries()) {
        if (deaths.has(i)) await scene.failure(future, WorkerExitError, since);
        else assert.deepEqual(await scene.end(future, since), { value: i });
        assert.equal(loadCell(runs, i), deaths.has(i) ? 0 : 1);
      }
    },
  );
}
