import assert from "node:assert/strict";
import { CancelledError, TimeoutError, WorkerExitError } from "../../errors.js";
import type { Future } from "../../futures/future.js";
import { loadCell, valuesOf } from "../cells.js";
import * as plain from "../tasks.js";
import type { FaultSuite } from "./context.js";
import { neighbours } from "./crash-faults.js";
import * as tasks from "./tasks.js";

/** ms that tasks have to stop by themselves before their worker is ended. */
const grace = 100;

const stuck = [
  ["an infinite loop", tasks.spinForEver],
  ["a blocked event loop", tasks.blockForEver],
] as const;

/** Tasks that are told to stop, and those that won't. */
export function stopFaults(suite: FaultSuite): void {
  for (const [name, task] of stuck) {
    for (const way of ["timeout", "abort"] as const) {
      const needs =
        way === "timeout"
          ? (["stopsSynchronousTasks", "taskOptions"] as const)
          : (["stopsSynchronousTasks"] as const);
      suite.fault(`${name} is ended by ${way}, and costs its own task only`, needs, async (scene) => {
        const executor = scene.executor({ grace });
        const [beside, running] = await neighbours(scene, executor);
        const gate = scene.gate();
        const limited = way === "timeout" ? executor.with({ timeout: 500 }) : executor;
        const doomed = scene.watch(limited.submit(task, gate.cells) as Future<unknown>);
        await gate.arrived(1);
        const behind = scene.watch(executor.submit(plain.add, 1, 2));
        const since = performance.now();
        if (way === "timeout") await scene.failure(doomed, TimeoutError, since, 500 + grace);
        else {
          const reason = { why: "enough" };
          doomed.abort(reason);
          const error = await scene.failure(doomed, CancelledError, since, grace);
          assert.equal(error.cause, reason);
        }
        assert.equal(await behind, 3);
        beside.open();
        assert.deepEqual(
          await Promise.all(running),
          running.map((_, i) => i),
        );
        await scene.fullStrength(executor);
      });
    }
  }

  suite.fault(
    "a task that answers only after it was asked to stop is stopped all the same",
    [],
    async (scene) => {
      const executor = scene.executor({ grace: 20_000 });
      const cells = scene.cells(3);
      const future = scene.watch(executor.submit(tasks.answerAfterStop, cells));
      await scene.until(() => loadCell(cells, 1) === 1, "the task runs");
      const since = performance.now();
      future.abort("enough");
      const error = await scene.failure(future, CancelledError, since);
      assert.equal(error.cause, "enough");
      await scene.until(() => loadCell(cells, 2) === 2, "it saw its signal, and `cancelled`");
      await scene.fullStrength(executor);
      if (suite.can.isolated) assert.equal(executor.stats().workers.crashed, 0);
    },
  );

  suite.fault(
    "a loop that looks at `cancelled` stops by itself, and its worker lives",
    ["isolated"],
    async (scene) => {
      const executor = scene.executor({ grace: 20_000 });
      const cells = scene.cells(3);
      const future = scene.watch(executor.submit(tasks.loopUntilCancelled, cells));
      await scene.until(() => loadCell(cells, 1) === 1, "the task runs");
      const since = performance.now();
      future.abort("enough");
      assert.equal((await scene.failure(future, CancelledError, since)).cause, "enough");
      assert.equal(loadCell(cells, 2), 1);
      assert.equal(executor.stats().workers.started, 1);
      await scene.fullStrength(executor);
    },
  );

  suite.fault("a signal that was aborted before never starts a task", [], async (scene) => {
    const executor = scene.executor();
    const runs = scene.cells(1);
    const reason = new Error("never");
    const view = executor.with({ signal: AbortSignal.abort(reason) });
    const futures = Array.from({ length: 5 }, () => scene.watch(view.submit(tasks.countRun, runs, 0)));
    for (const future of futures) {
      const error = await scene.failure(future, CancelledError, performance.now());
      assert.equal(error.cause, reason);
    }
    assert.deepEqual(await executor.submit(plain.add, 1, 2), 3);
    await scene.shutdown(executor);
    assert.equal(loadCell(runs, 0), 0);
  });

  suite.fault(
    "an abort of a signal takes what waits out of the queue, and never runs it",
    ["queues"],
    async (scene) => {
      const executor = scene.executor({ grace, maxWorkers: 1 });
      const gate = scene.gate();
      const first = scene.watch(executor.submit(suite.waitAtGate, gate.cells, 1));
      await gate.arrived(1);
      const runs = scene.cells(1);
      const controller = new AbortController();
      const view = executor.with({ signal: controller.signal });
      const futures = Array.from({ length: 50 }, () => scene.watch(view.submit(tasks.countRun, runs, 0)));
      const kept = scene.watch(executor.submit(plain.add, 1, 2));
      const since = performance.now();
      controller.abort("enough");
      for (const future of futures) {
        assert.equal((await scene.failure(future, CancelledError, since)).cause, "enough");
      }
      assert.ok(executor.stats().queued <= 1, "only the task without the signal waits");
      gate.open();
      assert.deepEqual(await Promise.all([first, kept]), [1, 3]);
      await scene.shutdown(executor);
      assert.equal(loadCell(runs, 0), 0);
    },
  );

  suite.fault(
    "an abort of one task leaves a stoppable neighbour on its worker alone",
    ["tasksPerWorker"],
    async (scene) => {
      const executor = scene.executor({ maxWorkers: 1, tasksPerWorker: 4, grace: 20_000 });
      const gate = scene.gate();
      const beside = [0, 1, 2].map((i) => scene.watch(executor.submit(plain.pollAtGate, gate.cells, i)));
      const cells = scene.cells(3);
      const culprit = scene.watch(executor.submit(tasks.answerAfterStop, cells));
      await gate.arrived(3);
      await scene.until(() => loadCell(cells, 1) === 1, "all four run");
      const since = performance.now();
      culprit.abort("enough");
      await scene.failure(culprit, CancelledError, since);
      gate.open();
      assert.deepEqual(await Promise.all(beside), [0, 1, 2]);
      assert.equal(executor.stats().workers.started, 1);
    },
  );

  suite.fault(
    "a worker that is ended for one task: those that had begun fail by name, the others run once elsewhere",
    ["tasksPerWorker", "stopsSynchronousTasks"],
    async (scene) => {
      const executor = scene.executor({ maxWorkers: 1, tasksPerWorker: 4, grace });
      const gate = scene.gate();
      const begun = scene.watch(executor.submit(plain.pollAtGate, gate.cells, 1));
      await gate.arrived(1);
      const stubborn = scene.gate();
      const culprit = scene.watch(
        executor.with({ name: "culprit" }).submit(tasks.spinForEver, stubborn.cells),
      );
      await stubborn.arrived(1);
      const runs = scene.cells(20);
      const behind = Array.from({ length: 20 }, (_, i) =>
        scene.watch(executor.submit(tasks.countRun, runs, i)),
      );
      const since = performance.now();
      culprit.abort("enough");
      assert.equal((await scene.failure(culprit, CancelledError, since, grace)).cause, "enough");
      const error = await scene.failure(begun, WorkerExitError, since, grace);
      assert.match(error.message, /culprit/);
      assert.deepEqual(
        await Promise.all(behind),
        behind.map((_, i) => i),
      );
      assert.deepEqual(valuesOf(runs), Array(20).fill(1));
    },
  );

  suite.race(
    "an abort races with the answer: one of them, and at most one run",
    [],
    async (scene, random) => {
      const executor = scene.shared({ grace });
      const runs = scene.cells(8);
      const futures = Array.from({ length: 8 }, (_, i) =>
        scene.watch(executor.submit(tasks.countRun, runs, i)),
      );
      const since = performance.now();
      for (const future of futures) {
        if (random() < 0.4) await new Promise<void>((resolve) => setImmediate(resolve));
        if (random() < 0.7) future.abort("race");
      }
      for (const [i, future] of futures.entries()) {
        const end = await scene.end(future, since, grace);
        if ("value" in end) assert.deepEqual([end.value, loadCell(runs, i)], [i, 1]);
        else assert.ok(end.error instanceof CancelledError && loadCell(runs, i) <= 1, String(end.error));
      }
    },
  );

  suite.race("an abort races with the death of the worker", ["isolated"], async (scene, random) => {
    const executor = scene.shared({ grace });
    const gate = scene.gate();
    const doomed = scene.watch(
      executor.submit(tasks.crashAtGate, gate.cells, "exit in a timer") as Future<unknown>,
    );
    const behind = scene.watch(executor.submit(plain.add, 1, 2));
    await gate.arrived(1);
    const since = performance.now();
    gate.open();
    for (let turns = Math.floor(random() * 40); turns > 0; turns -= 1) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    doomed.abort("race");
    const end = await scene.end(doomed, since, grace);
    assert.ok("error" in end);
    assert.ok(end.error instanceof CancelledError || end.error instanceof WorkerExitError, String(end.error));
    assert.equal(await behind, 3);
  });

  suite.race("a timeout races with the answer", ["taskOptions"], async (scene, random) => {
    const executor = scene.shared({ grace });
    const view = executor.with({ timeout: 1 + Math.floor(random() * 5) });
    const since = performance.now();
    const futures = Array.from({ length: 6 }, (_, i) => scene.watch(view.submit(plain.addLater, i, 1)));
    for (const [i, future] of futures.entries()) {
      const end = await scene.end(future, since, grace);
      if ("value" in end) assert.equal(end.value, i + 1);
      else assert.ok(end.error instanceof TimeoutError, String(end.error));
    }
  });
}
