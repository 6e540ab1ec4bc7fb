import assert from "node:assert/strict";
import { test } from "node:test";
import { CancelledError, TimeoutError } from "ungil";
import { createTask, Lock, Queue, Semaphore, sleep, TaskGroupError, taskGroup, timeout } from "ungil/asyncio";
import { manualClock } from "ungil/testing";

test("a wait for a lock, a place or an item ends with the task that waits, by the task's own CancelledError", async () => {
  const lock = new Lock();
  const semaphore = new Semaphore(0);
  const queue = new Queue<number>();
  const guard = await lock.acquire();
  for (const wait of [() => lock.acquire(), () => semaphore.acquire(), () => queue.get()]) {
    let caught: unknown;
    const task = createTask(async () => {
      try {
        await wait();
      } catch (error) {
        caught = error;
        throw error;
      }
    });
    await Promise.resolve();
    await Promise.resolve();
    assert.equal(task.cancel("not needed"), true);
    await assert.rejects(task, (error) => error instanceof CancelledError && error.cause === "not needed");
    assert.equal(task.cancelled(), true);
    assert.ok(caught instanceof CancelledError);
    assert.equal(caught.cause, "not needed");
  }
  guard.release();
  assert.deepEqual([lock.locked(), lock.stats().waiting, semaphore.stats().waiting], [false, 0, 0]);
  assert.equal(queue.stats().getting, 0);
});

test("a failure in a group ends the waits of the others for primitives, and is the only error", async () => {
  const queue = new Queue<number>();
  const ended: string[] = [];
  const failing = taskGroup(async (group) => {
    for (const name of ["one", "other"]) {
      group.createTask(async () => {
        try {
          await queue.get();
        } finally {
          ended.push(name);
        }
      });
    }
    group.createTask(async () => {
      await sleep(0);
      throw new RangeError("on purpose");
    });
    await queue.join();
    await queue.get();
  });
  await assert.rejects(failing, (error) => {
    assert.ok(error instanceof TaskGroupError);
    assert.deepEqual(
      error.errors.map((each) => (each as Error).message),
      ["on purpose"],
    );
    return true;
  });
  assert.deepEqual(ended, ["one", "other"]);
  assert.equal(queue.stats().getting, 0);
});

test("a limit of time around a wait for a lock is a TimeoutError, and leaves the lock to the next", async () => {
  const clock = manualClock();
  const lock = new Lock();
  const guard = await lock.acquire();
  const late = assert.rejects(
    timeout(100, () => lock.acquire(), { clock }),
    TimeoutError,
  );
  const next = lock.acquire();
  await clock.advance(100);
  await late;
  guard.release();
  (await next).release();
  assert.equal(lock.locked(), false);
});
