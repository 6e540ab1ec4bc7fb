// What users of other pools ran into, by its number in the list of their issues; what the fault suite and the
// tests of threads and dispatch show already is not repeated.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { CancelledError, ThreadPoolExecutor, WorkerExitError } from "ungil";
import { Gate } from "ungil/testing";
import { rejectionOf } from "../threading/support/rejection.js";
import { add, block, identity, poll, spin, thread } from "../threading/support/tasks.js";

const limit = { timeout: 60_000 };

test("pain 4: a call before the worker has loaded is answered", limit, async () => {
  for (let round = 0; round < 5; round++) {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1, minWorkers: 1 });
    assert.equal(await pool.submit(add, round, 1), round + 1);
  }
});

test("pain 8: a future that is awaited late, after its pool is gone, has its result", limit, async () => {
  const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const future = pool.submit(add, 1, 2);
  await pool.shutdown();
  await turn();
  assert.equal(await future, 3);
});

test("pain 10: what ends a worker tells which task, which way and with which code", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const future = pool.with({ name: "importer" }).submit(() => process.exit(42));
  const error = await rejectionOf(future, WorkerExitError);
  assert.deepEqual([error.task, error.reason, error.exitCode], ["importer", "exit", 42]);
  assert.match(error.message, /importer.*42/);
});

test(
  "pain 11: the failure of a terminated task is caught where it is awaited, and nowhere else",
  limit,
  async () => {
    const uncaught: unknown[] = [];
    const note = (error: unknown): void => void uncaught.push(error);
    process.on("uncaughtException", note);
    process.on("unhandledRejection", note);
    try {
      const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
      const gate = new Gate();
      const future = pool.submit(spin, gate.cells);
      await gate.arrived(1);
      const ended = pool.terminate();
      assert.match((await rejectionOf(future, WorkerExitError)).message, /terminated/);
      await ended;
      await turn();
    } finally {
      process.off("uncaughtException", note);
      process.off("unhandledRejection", note);
    }
    assert.deepEqual(uncaught, []);
  },
);

test(
  "pain 14: aborting one task leaves those on other workers alone, and its own waiting ones",
  limit,
  async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 2, grace: 0 });
    const gate = new Gate();
    const innocent = pool.submit(block, gate.cells, 1);
    await gate.arrived(1);
    const stuck = new Gate();
    const culprit = pool.submit(spin, stuck.cells);
    await stuck.arrived(1);
    const behind = [1, 2, 3].map((i) => pool.submit(identity, i));
    culprit.abort();
    await rejectionOf(culprit, CancelledError);
    assert.deepEqual(await Promise.all(behind), [1, 2, 3]);
    gate.open();
    assert.equal(await innocent, 1);
  },
);

test("pain 15: aborting the next task lets the later ones start", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const gate = new Gate();
  const running = pool.submit(block, gate.cells, 0);
  await gate.arrived(1);
  const controller = new AbortController();
  const next = pool.with({ signal: controller.signal }).submit(identity, 1);
  const later = [2, 3, 4].map((i) => pool.submit(identity, i));
  controller.abort();
  gate.open();
  await rejectionOf(next, CancelledError);
  assert.deepEqual(await Promise.all([running, ...later]), [0, 2, 3, 4]);
});

test("pain 18: what a cancelled task still cleans up does not stop the next task", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1, grace: 20_000 });
  for (let round = 0; round < 20; round++) {
    const gate = new Gate();
    const cancelled = pool.submit(poll, gate.cells, 1);
    await gate.arrived(1);
    const next = pool.submit(add, round, 1);
    cancelled.abort();
    gate.open();
    await rejectionOf(cancelled, CancelledError);
    assert.equal(await next, round + 1);
  }
  assert.equal(pool.stats().workers.started, 1);
});

test(
  "piscina's close(): a shutdown with several busy workers gives each task its own result",
  limit,
  async () => {
    const pool = new ThreadPoolExecutor({ maxWorkers: 4 });
    const gate = new Gate();
    const futures = [0, 1, 2, 3].map((i) => pool.submit(block, gate.cells, i));
    await gate.arrived(4);
    const ended = pool.shutdown();
    gate.open();
    assert.deepEqual(await Promise.all(futures), [0, 1, 2, 3]);
    await ended;
  },
);

test("synckit's channel: a result that can't be cloned breaks no later call", limit, async () => {
  await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
  const threads = new Set<number>();
  for (let round = 0; round < 10; round++) {
    await assert.rejects(pool.submit(() => ({ fn: () => round })));
    threads.add(await pool.submit(thread));
  }
  assert.equal(threads.size, 1);
});

test(
  "isoworker's order: tasks that share a worker get their own results, whoever is first",
  limit,
  async () => {
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1, tasksPerWorker: 3 });
    const gates = [new Gate(), new Gate(), new Gate()];
    const futures = gates.map((gate, i) => pool.submit(poll, gate.cells, i));
    for (const gate of gates) await gate.arrived(1);
    for (const i of [2, 0, 1]) {
      gates[i]!.open();
      assert.equal(await futures[i], i);
    }
  },
);
