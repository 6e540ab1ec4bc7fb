// What waits that know signals only (locks, queues) rely on: the signal that `src/sync/ambient.ts` gives them.
import assert from "node:assert/strict";
import { test } from "node:test";
import type * as asyncio from "ungil/asyncio";
import { failureOf, foreign, turn } from "./support/turn.js";

const at = (file: string): string => new URL(`../${file}`, import.meta.resolve("ungil")).href;
const { ambientSignal } = (await import(at("sync/ambient.js"))) as {
  ambientSignal(): AbortSignal | undefined;
};
// the same modules as file by file: the bundled ones have an `ambientSignal` of their own
const { createTask, currentSignal, formatTaskTree, sleep, timeout } = (await import(
  at("asyncio/index.js")
)) as typeof asyncio;

/** A wait as a primitive has it: it looks at the signal when it begins, and takes its listener off at its end. */
function wait(granted: Promise<unknown>): Promise<void> {
  const signal = ambientSignal();
  if (signal?.aborted) return Promise.reject(signal.reason as Error);
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal!.reason as Error);
    signal?.addEventListener("abort", onAbort);
    granted.then(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, reject);
  });
}

/** A primitive's way without waiting: it reads the signal and does not need it. */
const grantedAtOnce = (): boolean => ambientSignal()?.aborted ?? false;

const never = new Promise(() => {});

test("outside of scopes there is no ambient signal", () => {
  assert.equal(ambientSignal(), undefined);
});

test("a cancellation ends such a wait, once: clean-up may wait again", async () => {
  const log: string[] = [];
  const task = createTask(async () => {
    try {
      await wait(never);
    } finally {
      await wait(turn());
      await sleep(0);
      log.push("clean");
    }
  });
  await turn();
  assert.match(formatTaskTree(), /waits for a lock, a queue or the like/);
  task.cancel("reason");
  assert.equal((await failureOf(task)).cause, "reason");
  assert.deepEqual(log, ["clean"]);
});

test("one that meets no wait fails the next, and is not used up by what need not wait", async () => {
  const gate = foreign();
  const task = createTask(async () => {
    await gate.promise;
    assert.equal(grantedAtOnce(), true, "the signal has aborted");
    assert.equal(grantedAtOnce(), true, "and is not used up");
    await assert.rejects(wait(turn()));
    assert.equal(grantedAtOnce(), false);
    await wait(turn());
    return "went on";
  });
  await turn();
  task.cancel();
  gate.resolve();
  assert.equal(await task, "went on");
});

test("a wait that has ended does not swallow a later cancellation", async () => {
  const gate = foreign();
  const task = createTask(async () => {
    await wait(turn());
    await gate.promise;
    await wait(never);
  });
  await turn();
  await turn();
  task.cancel("heard");
  gate.resolve();
  assert.equal((await failureOf(task)).cause, "heard");
});

test("a timeout ends such a wait in its body, and not those around it", async () => {
  const outer = createTask(async () => {
    const around = wait(turn().then(turn));
    await assert.rejects(timeout(1, () => wait(never)));
    await around;
    assert.equal(currentSignal().aborted, false);
    return "free";
  });
  assert.equal(await outer, "free");
});

test("ten thousand waits in one scope are no leak that Node warns of", async () => {
  const warnings: Error[] = [];
  const listener = (warning: Error): void => void warnings.push(warning);
  process.on("warning", listener);
  const task = createTask(() => Promise.all(Array.from({ length: 10_000 }, () => wait(never))));
  await turn();
  task.cancel();
  await failureOf(task);
  await turn();
  process.off("warning", listener);
  assert.deepEqual(warnings, []);
});
