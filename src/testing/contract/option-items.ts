import assert from "node:assert/strict";
import { CancelledError, InvalidArgumentError, TimeoutError } from "../../errors.js";
import type { TaskOptions } from "../../futures/executor.js";
import { valuesOf } from "../cells.js";
import * as tasks from "../tasks.js";
import type { Contract } from "./context.js";
import { assertError, rejection, thrown } from "./errors.js";

/** What `with` and `stats` do in every executor. */
export function optionItems(contract: Contract): void {
  const { waitAtGate } = contract;

  contract.test("with: a view runs on the same executor and names its tasks; views nest", [], async (t) => {
    const executor = t.executor();
    const view = executor.with({ name: "sum" });
    const future = view.submit(tasks.add, 1, 2);
    assert.equal(await future, 3);
    assert.match(future.toString(), /^<Future sum /);
    const nested = view.with({ signal: new AbortController().signal }).submit(tasks.add, 3, 4);
    assert.equal(await nested, 7);
    assert.match(nested.toString(), /^<Future sum /);
    assert.deepEqual(await view.map(tasks.identity, [1, 2]), [1, 2]);
    await executor.shutdown();
    assert.equal(view.stats().state, "shut-down");
  });

  contract.test("with: a signal aborted before the call cancels the task", [], async (t) => {
    const executor = t.executor();
    const gate = t.gate();
    const view = executor.with({ signal: AbortSignal.abort("never") });
    const future = view.submit(waitAtGate, gate.cells, 1);
    const error = await rejection(future);
    assertError(error, CancelledError);
    assert.equal(error.cause, "never");
    await executor.shutdown();
    assert.equal(gate.arrivals, 0);
  });

  contract.test("with: a signal cancels a task that waits", ["pending"], async (t) => {
    const executor = t.executor({ maxWorkers: 1 });
    const gate = t.gate();
    const controller = new AbortController();
    const before = executor.submit(waitAtGate, gate.cells, 1);
    const future = executor.with({ signal: controller.signal }).submit(waitAtGate, gate.cells, 2);
    await gate.arrived(1);
    controller.abort("enough");
    assert.equal(future.cancelled(), true);
    const error = await rejection(future);
    assertError(error, CancelledError);
    assert.equal(error.cause, "enough");
    gate.open();
    assert.equal(await before, 1);
    assert.equal(gate.arrivals, 1);
  });

  contract.test("with: retries repeat a failing task", ["taskOptions"], async (t) => {
    const executor = t.executor();
    const enough = executor.with({ retries: 2 }).submit(tasks.failAtFirst, t.cells(1), 2);
    assert.equal(await enough, 3);
    const backoff = executor.with({ retries: { attempts: 2, backoff: (attempt) => attempt } });
    assert.equal(await backoff.submit(tasks.failAtFirst, t.cells(1), 2), 3);
    const few = executor.with({ retries: 1 }).submit(tasks.failAtFirst, t.cells(1), 2);
    assertError(await rejection(few), RangeError, /^call 2$/);
  });

  contract.test("with: timeout stops a task that runs too long", ["taskOptions"], async (t) => {
    const executor = t.executor({ maxWorkers: 1 });
    const gate = t.gate();
    const start = performance.now();
    const future = executor.with({ timeout: 50 }).submit(tasks.pollAtGate, gate.cells, 1);
    if (!contract.can.stopsSynchronousTasks) {
      // a task that can't be stopped may have to end by itself, too late
      await gate.arrived(1);
      await t.until(() => performance.now() - start > 200, "the task's time has passed");
      gate.open();
    }
    assertError(await rejection(future), TimeoutError);
    gate.open();
    assert.equal(await executor.submit(tasks.add, 1, 2), 3);
  });

  contract.test("with: deadline counts the time in the queue", ["taskOptions", "pending"], async (t) => {
    const executor = t.executor({ maxWorkers: 1 });
    const gate = t.gate();
    const before = executor.submit(waitAtGate, gate.cells, 1);
    await gate.arrived(1);
    const future = executor.with({ deadline: 20 }).submit(waitAtGate, gate.cells, 2);
    assertError(await rejection(future), TimeoutError);
    gate.open();
    assert.equal(await before, 1);
    await executor.shutdown();
    assert.equal(gate.arrivals, 1);
  });

  contract.test("with: higher priority leaves the queue first", ["taskOptions", "pending"], async (t) => {
    const executor = t.executor({ maxWorkers: 1 });
    const gate = t.gate();
    const cells = t.cells(7);
    const before = executor.submit(waitAtGate, gate.cells, 0);
    await gate.arrived(1);
    const futures = (["low", "normal", "high", 5, "high"] as const).map((priority, index) =>
      executor.with({ priority }).submit(tasks.record, cells, index),
    );
    gate.open();
    await Promise.all([before, ...futures]);
    assert.deepEqual(valuesOf(cells).slice(1, 6), [3, 2, 4, 1, 0]);
  });

  contract.test(
    "with: options that can't be are InvalidArgumentErrors, thrown from with",
    ["taskOptions"],
    async (t) => {
      const executor = t.executor();
      const wrong: TaskOptions[] = [
        { timeout: -1 },
        { deadline: Number.NaN },
        { signal: {} as AbortSignal },
        { priority: "urgent" as "high" },
        { retries: -1 },
        { name: 1 as unknown as string },
      ];
      for (const options of wrong) {
        const name = Object.keys(options)[0] as string;
        assertError(
          thrown(() => executor.with(options)),
          InvalidArgumentError,
          new RegExp(name),
        );
      }
    },
  );

  contract.test("stats: every submitted task is counted once when all are settled", [], async (t) => {
    const executor = t.executor({ maxWorkers: 1 });
    const gate = t.gate();
    const futures = [executor.submit(waitAtGate, gate.cells, 1), executor.submit(tasks.add, 1, 2)];
    const failed = executor.submit(tasks.fail, "no");
    await gate.arrived(1);
    const cancelled = executor.submit(tasks.add, 1, 2);
    const isCancelled = cancelled.cancel();
    assert.equal(isCancelled, contract.can.queues);
    gate.open();
    await Promise.all([...futures, rejection(failed), cancelled.then(undefined, () => undefined)]);
    await executor.shutdown();
    const stats = executor.stats();
    assert.ok(Object.isFrozen(stats));
    assert.deepEqual(
      [stats.submitted, stats.completed, stats.failed, stats.cancelled, stats.queued, stats.running],
      isCancelled ? [4, 2, 1, 1, 0, 0] : [4, 3, 1, 0, 0, 0],
    );
    assert.equal(stats.name, executor.name);
  });
}
