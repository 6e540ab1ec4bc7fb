import assert from "node:assert/strict";
import { SerializationError, TimeoutError } from "../../errors.js";
import type { Executor } from "../../futures/executor.js";
import * as plain from "../tasks.js";
import type { FaultSuite, Scene } from "./context.js";
import * as tasks from "./tasks.js";

/** A fault of the task alone: its worker lives, and takes what comes next. */
async function workersLive(scene: Scene, executor: Executor): Promise<void> {
  assert.equal(await executor.submit(plain.add, 1, 2), 3);
  await scene.fullStrength(executor);
  if (scene.suite.can.isolated) assert.equal(executor.stats().workers.crashed, 0, "no worker was lost");
}

const uncloneable: readonly tasks.Uncloneable[] = [
  "function",
  "symbol",
  "WeakMap",
  "promise",
  "getter",
  "proxy",
];

const hostile: readonly tasks.HostileError[] = [
  "getters",
  "proxy",
  "revoked proxy",
  "circular cause",
  "toString",
  "toPrimitive",
  "constructor",
  "no prototype",
  "deep cause",
  "function property",
  "stack getter",
];

const thenables: readonly [tasks.OddThenable, value: number | undefined][] = [
  ["twice", 1],
  ["both", 1],
  ["throws after", 1],
  ["throws", undefined],
  ["getter throws", undefined],
];

/** Faults that cost a task and nothing else, not even its worker. */
export function taskFaults(suite: FaultSuite): void {
  suite.fault("a stack overflow is the task's RangeError", [], async (scene) => {
    const executor = scene.executor();
    const error = await scene.failure(
      scene.watch(executor.submit(tasks.overflowStack)),
      RangeError,
      performance.now(),
    );
    assert.match(error.message, /call stack/);
    await workersLive(scene, executor);
  });

  for (const kind of ["ArrayBuffer", "SharedArrayBuffer"] as const) {
    suite.fault(`${kind} exhaustion is the task's RangeError`, [], async (scene) => {
      const executor = scene.executor();
      const future = scene.watch(executor.submit(tasks.exhaustBuffers, kind));
      await scene.failure(future, RangeError, performance.now());
      await workersLive(scene, executor);
    });
  }

  for (const kind of uncloneable) {
    suite.fault(
      `a result that can't be cloned (${kind}) fails its own task only`,
      ["isolated"],
      async (scene) => {
        const executor = scene.executor();
        const future = scene.watch(executor.submit(tasks.answerUncloneable, kind));
        const error = await scene.failure(future, Error, performance.now());
        if (kind !== "getter") {
          assert.ok(error instanceof SerializationError, String(error));
          assert.match(error.path, /inner/);
        }
        await workersLive(scene, executor);
      },
    );
  }

  for (const kind of hostile) {
    suite.fault(
      `an error that fights its own serialisation (${kind}) fails its own task only`,
      [],
      async (scene) => {
        const executor = scene.executor();
        const end = await scene.end(
          scene.watch(executor.submit(tasks.throwHostile, kind)),
          performance.now(),
        );
        assert.ok("error" in end, "it fails");
        const readable = ["circular cause", "toString", "function property", "deep cause"].includes(kind);
        if (readable) {
          assert.ok(end.error instanceof RangeError);
          assert.equal(end.error.message, "plain");
        }
        await workersLive(scene, executor);
      },
    );
  }

  for (const [kind, value] of thenables) {
    suite.fault(`a thenable that breaks the rules (${kind}) settles its future once`, [], async (scene) => {
      const executor = scene.executor();
      const future = scene.watch(executor.submit(tasks.answerThenable, kind));
      if (value === undefined) await scene.failure(future, RangeError, performance.now());
      else assert.deepEqual(await scene.end(future, performance.now()), { value });
      await workersLive(scene, executor);
    });
  }

  suite.fault("a thenable that never calls back is ended by its timeout", ["taskOptions"], async (scene) => {
    const executor = scene.executor({ grace: 50 });
    const future = scene.watch(executor.with({ timeout: 100 }).submit(tasks.answerThenable, "never"));
    await scene.failure(future, TimeoutError, performance.now(), 150);
    await scene.fullStrength(executor);
  });
}
