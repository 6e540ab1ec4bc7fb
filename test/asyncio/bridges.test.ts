// Contract items Q3 and Q4: threads, executors, futures and promises.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { isMainThread } from "node:worker_threads";
import {
  AsyncExecutor,
  CancelledError,
  CaptureError,
  Future,
  InvalidArgumentError,
  propagate,
  ShutdownError,
  ThreadPoolExecutor,
  type UnobservedFailure,
} from "ungil";
import { createTask, run, runInExecutor, sleep, Task, toThread, wrapFuture } from "ungil/asyncio";
import { Gate, until } from "ungil/testing";
import { failureOf, foreign, turn } from "./support/turn.js";

const forever = Number.POSITIVE_INFINITY;

export const store = propagate("asyncio-bridges", new AsyncLocalStorage<string>());

test("Q3 toThread runs a function, with its arguments and variables, on a thread", async () => {
  const factor = 3;
  const task = toThread((n: number) => [n * factor], 14);
  assert.ok(task instanceof Task);
  assert.deepEqual(await task, [42]);
  assert.equal(isMainThread, true);
  assert.equal(await toThread(async () => (await import("node:worker_threads")).isMainThread), false);
});

test("Q3 stores that were named by propagate go along", async () => {
  assert.equal(await store.run("copied", () => toThread(() => store.getStore())), "copied");
});

test("Q3 errors of the function are the task's, and so is a function that can't be sent", async () => {
  const error = await failureOf(
    toThread(() => {
      throw new RangeError("there");
    }),
  );
  assert.ok(error instanceof RangeError);
  const { Socket } = await import("node:net");
  const socket = new Socket();
  assert.ok((await failureOf(toThread(() => socket.bytesRead))) instanceof CaptureError);
  assert.throws(() => toThread(5 as never), InvalidArgumentError);
});

test("Q3 cancel ends the wait, not the thread", async () => {
  const gate = new Gate();
  const [opened, arrivals] = [0, 1];
  const { cells } = gate;
  const task = toThread((): void => {
    Atomics.add(cells, arrivals, 1);
    while (Atomics.load(cells, opened) === 0);
    Atomics.add(cells, arrivals, 1);
  });
  await gate.arrived(1);
  assert.equal(task.cancel("not needed"), true);
  assert.equal(task.cancelled(), true);
  gate.open();
  await gate.arrived(2);
});

test("Q3 what has not begun when it is cancelled never runs", async () => {
  let ran = false;
  const task = toThread(() => {
    ran = true;
  });
  task.cancel();
  await assert.rejects(Promise.resolve(task), CancelledError);
  assert.equal(await toThread(() => 1), 1);
  assert.equal(ran, false);
});

test("Q3 the shared threads keep no program alive, also where only this chapter is imported", () => {
  const { stdout, status } = spawnSync(
    process.execPath,
    [
      "--input-type=module",
      "--eval",
      `import { toThread } from "ungil/asyncio"; console.log(await toThread((n) => n + 1, 1));`,
    ],
    { encoding: "utf8", timeout: 30_000 },
  );
  assert.deepEqual([stdout, status], ["2\n", 0]);
});

test("Q4 runInExecutor: result, error, and what submit throws is thrown from the call", async () => {
  const executor = new AsyncExecutor();
  assert.equal(await runInExecutor(executor, (a: number, b: number) => a + b, 1, 2), 3);
  const mine = new RangeError("mine");
  assert.equal(await failureOf(runInExecutor(executor, () => Promise.reject(mine))), mine);
  await executor.shutdown();
  assert.throws(() => runInExecutor(executor, () => 1), ShutdownError);
  assert.throws(() => runInExecutor({} as never, () => 1), InvalidArgumentError);
});

test("Q4 cancel travels down: the future is aborted, and the task ends when the work has", async () => {
  await using executor = new AsyncExecutor();
  const log: string[] = [];
  const task = runInExecutor(executor, async () => {
    try {
      await sleep(forever);
    } finally {
      await sleep(1);
      log.push("stopped");
    }
  });
  await turn();
  task.cancel("down");
  const error = await failureOf<CancelledError>(task);
  assert.ok(error instanceof CancelledError);
  assert.deepEqual(log, ["stopped"]);
});

test("Q4 cancel travels down to a thread that does not heed it", async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, grace: 10 });
  const gate = new Gate();
  const { cells } = gate;
  const task = runInExecutor(pool, () => {
    Atomics.add(cells, 1, 1);
    for (;;);
  });
  await gate.arrived(1);
  task.cancel();
  assert.ok(await failureOf(task));
  assert.equal(pool.stats().running, 0);
});

test("Q4 cancel travels up: a future that others cancel makes the task cancelled", async () => {
  const { future } = Future.withResolvers<number>();
  const task = wrapFuture(future);
  future.cancel("up");
  assert.equal((await failureOf<CancelledError>(task)).cause, "up");
  assert.equal(task.cancelled(), true);
});

test("Q4 who awaits the task of a future and is cancelled cancels the future", async () => {
  const { future, start } = Future.withResolvers<number>();
  start();
  const outer = createTask(async () => await wrapFuture(future));
  await turn();
  outer.cancel("all the way");
  await failureOf(outer);
  assert.equal(future.cancelled(), true);
});

test("Q4 the result is set once: a cancel that comes too late, or twice, changes nothing", async () => {
  const { future, start, resolve } = Future.withResolvers<number>({ onAbort: () => {} });
  start();
  const task = wrapFuture(future);
  let ends = 0;
  task.onDone(() => void (ends += 1));
  task.cancel("asked");
  task.cancel("again");
  assert.equal(task.done(), false);
  resolve(5);
  assert.equal(await task, 5);
  assert.equal(task.cancel("late"), false);
  assert.equal(ends, 1);
});

test("Q5 the task of a bridge has the name of its function, or a number: none of a state that is soon over", async () => {
  await using executor = new AsyncExecutor();
  const named = runInExecutor(executor, function render() {});
  const nameless = wrapFuture(executor.submit(() => {}));
  assert.equal(named.name, "render");
  assert.match(nameless.name, /^Task-\d+$/);
  await Promise.all([named, nameless]);
});

test("Q4 a promise as a task: its value, its error; cancelled, the task ends at once", async () => {
  assert.equal(await wrapFuture(Promise.resolve(1)), 1);
  const mine = new RangeError("mine");
  assert.equal(await failureOf(wrapFuture(Promise.reject(mine))), mine);
  const gate = foreign();
  const task = wrapFuture(gate.promise);
  assert.equal(task.cancel("enough"), true);
  assert.equal((await failureOf<CancelledError>(task)).cause, "enough");
  gate.resolve();
  assert.equal(wrapFuture(task), task);
  assert.throws(() => wrapFuture((() => 1) as never), /createTask/);
  assert.throws(() => wrapFuture(1 as never), InvalidArgumentError);
});

test("Q4 a promise that fails after its task was cancelled is reported, and is no unhandled rejection", async () => {
  const reported: UnobservedFailure[] = [];
  const gate = foreign();
  await run(
    async () => {
      wrapFuture(gate.promise).cancel();
      gate.reject(new RangeError("late"));
      await until(() => reported.length > 0, "it is reported");
    },
    { onUnobserved: (failure) => reported.push(failure) },
  );
  assert.match((reported[0]!.error as Error).message, /late/);
});

test("Q4 hostile thenables: what they do twice, or throw afterwards, has no effect", async () => {
  const hostile = {
    then(resolve: (value: number) => void, reject: (error: unknown) => void) {
      resolve(1);
      resolve(2);
      reject(new Error("no"));
      throw new Error("no");
    },
  } as unknown as PromiseLike<number>;
  assert.equal(await wrapFuture(hostile), 1);
});

test("Q4 a failure of a future that was wrapped is the task's: nothing is reported for the future", async () => {
  const reported: unknown[] = [];
  await using executor = new AsyncExecutor({ onUnobserved: (failure) => reported.push(failure) });
  const task = runInExecutor(executor, () => Promise.reject(new RangeError("x")));
  await failureOf(task);
  await executor.shutdown();
  assert.deepEqual(reported, []);
});
