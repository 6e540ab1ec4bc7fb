import assert from "node:assert/strict";
import { CancelledError, ShutdownError, WorkerExitError } from "../../errors.js";
import type { Executor } from "../../futures/executor.js";
import { Future } from "../../futures/future.js";
import { type Cells, loadCell } from "../cells.js";
import * as plain from "../tasks.js";
import type { FaultSuite, Scene } from "./context.js";
import * as tasks from "./tasks.js";

/** ms that tasks have to stop by themselves before their worker is ended. */
const grace = 100;

/** Running tasks that never settle, and tasks that wait. */
async function work(
  scene: Scene,
  executor: Executor,
): Promise<[Future<unknown>[], Future<unknown>[], Cells]> {
  const gate = scene.gate();
  const { workers } = scene.suite;
  const running = Array.from({ length: workers }, () =>
    scene.watch(executor.submit(tasks.neverSettles, gate.cells) as Future<unknown>),
  );
  await gate.arrived(workers);
  const runs = scene.cells(1);
  const waiting = scene.suite.can.queues
    ? [0, 1, 2].map(() => scene.watch(executor.submit(tasks.countRun, runs, 0) as Future<unknown>))
    : [];
  return [running, waiting, runs];
}

/** Executors that are ended in the midst of their work. */
export function endingFaults(suite: FaultSuite): void {
  suite.fault(
    "a block that throws waits for its work, and its own error is what comes out",
    [],
    async (scene) => {
      const gate = scene.gate();
      const failure = new RangeError("in the block");
      let future: Future<number> | undefined;
      const block = async (): Promise<void> => {
        const executor = scene.executor();
        try {
          future = scene.watch(executor.submit(plain.pollAtGate, gate.cells, 1));
          await gate.arrived(1);
          future.onDone(() => {});
          queueMicrotask(() => gate.open());
          throw failure;
        } finally {
          await executor[Symbol.asyncDispose]();
        }
      };
      await assert.rejects(block(), failure);
      assert.equal(future?.done(), true);
      assert.equal(await future, 1);
    },
  );

  for (const twice of [false, true]) {
    suite.fault(
      `terminate${twice ? ", twice at once," : ""} ends what runs and what waits`,
      [],
      async (scene) => {
        const executor = scene.executor({ grace });
        const [running, waiting, runs] = await work(scene, executor);
        const since = performance.now();
        await Promise.all([executor.terminate(), ...(twice ? [executor.terminate()] : [])]);
        for (const future of running) {
          const error = await scene.failure(future, WorkerExitError, since);
          assert.equal(error.reason, "terminated");
        }
        for (const future of waiting) await scene.failure(future, CancelledError, since);
        assert.equal(loadCell(runs, 0), 0);
        assert.throws(() => executor.submit(plain.add, 1, 2), ShutdownError);
        await executor.terminate();
      },
    );
  }

  for (const order of ["shutdown first", "terminate first"] as const) {
    suite.fault(
      `shutdown and terminate at once (${order}): both resolve, and every future settles`,
      [],
      async (scene) => {
        const executor = scene.executor({ grace });
        const [running, waiting] = await work(scene, executor);
        const since = performance.now();
        const ends =
          order === "shutdown first"
            ? [executor.shutdown(), executor.terminate()]
            : [executor.terminate(), executor.shutdown()];
        for (const future of running) await scene.failure(future, WorkerExitError, since);
        for (const future of waiting) await scene.failure(future, CancelledError, since);
        const all = Future.withResolvers<void>();
        all.start();
        void Promise.all(ends).then(() => all.resolve());
        await scene.end(all.future, since);
      },
    );
  }

  suite.fault(
    "shutdown with cancelFutures cancels what waits, and what runs comes to its end",
    ["queues"],
    async (scene) => {
      const executor = scene.executor({ maxWorkers: 1 });
      const gate = scene.gate();
      const running = scene.watch(executor.submit(plain.pollAtGate, gate.cells, 1));
      await gate.arrived(1);
      const runs = scene.cells(1);
      const waiting = [0, 1, 2].map(() => scene.watch(executor.submit(tasks.countRun, runs, 0)));
      const since = performance.now();
      const ended = executor.shutdown({ cancelFutures: true });
      for (const future of waiting) await scene.failure(future, CancelledError, since);
      assert.equal(running.done(), false);
      gate.open();
      await ended;
      assert.equal(await running, 1);
      assert.equal(loadCell(runs, 0), 0);
    },
  );

  suite.race("shutdown races with the death of workers", ["isolated"], async (scene, random) => {
    const executor = scene.executor({ grace });
    const runs = scene.cells(6);
    const doomed = Math.floor(random() * 6);
    const futures = Array.from({ length: 6 }, (_, i) =>
      scene.watch(
        (i === doomed
          ? executor.submit(tasks.exit, 2)
          : executor.submit(tasks.countRun, runs, i)) as Future<unknown>,
      ),
    );
    for (let turns = Math.floor(random() * 30); turns > 0; turns -= 1) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    const since = performance.now();
    await scene.shutdown(executor);
    for (const [i, future] of futures.entries()) {
      if (i === doomed) await scene.failure(future, WorkerExitError, since);
      else assert.deepEqual(await scene.end(future, since), { value: i });
    }
  });

  suite.race(
    "terminate races with starting workers, with answers and with deaths",
    [],
    async (scene, random) => {
      const executor = scene.executor({ grace });
      const runs = scene.cells(6);
      const futures = Array.from({ length: 6 }, (_, i) => {
        const dies = suite.can.isolated && random() < 0.3;
        const future = dies ? executor.submit(tasks.exit, 2) : executor.submit(tasks.countRun, runs, i);
        return scene.watch(future);
      });
      for (let turns = Math.floor(random() * 60); turns > 0; turns -= 1) {
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
      const since = performance.now();
      await Promise.all([executor.terminate(), random() < 0.5 ? executor.shutdown() : undefined]);
      for (const [i, future] of futures.entries()) {
        const end = await scene.end(future, since);
        if ("value" in end) assert.equal(end.value, i);
        else {
          const known = end.error instanceof WorkerExitError || end.error instanceof CancelledError;
          assert.ok(known, String(end.error));
        }
        assert.ok(loadCell(runs, i) <= 1, "it ran at most once");
      }
    },
  );
}
