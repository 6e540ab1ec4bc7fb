import assert from "node:assert/strict";
import { inspect } from "node:util";
import { CancelledError, TimeoutError } from "../../errors.js";
import { Future } from "../../futures/future.js";
import type { UnobservedFailure } from "../../futures/unobserved.js";
import * as tasks from "../tasks.js";
import type { Contract } from "./context.js";
import { assertError, rejection } from "./errors.js";

/** Contract items A1 to A12: the future an executor answers with. */
export function futureItems(contract: Contract): void {
  const { waitAtGate } = contract;

  contract.test("A1: a future is pending, then running, then finished", ["pending"], async (t) => {
    const executor = t.executor({ maxWorkers: 1 });
    const first = t.gate();
    const second = t.gate();
    const before = executor.submit(waitAtGate, first.cells, 1);
    const future = executor.submit(waitAtGate, second.cells, 2);
    await first.arrived(1);
    assert.equal(future.state, "pending");
    assert.deepEqual([future.cancelled(), future.running(), future.done()], [false, false, false]);
    first.open();
    await second.arrived(1);
    await t.until(() => future.state === "running", "the future of a task that runs is running");
    assert.deepEqual([future.cancelled(), future.running(), future.done()], [false, true, false]);
    second.open();
    assert.equal(await future, 2);
    assert.equal(await before, 1);
    assert.equal(future.state, "finished");
    assert.deepEqual([future.cancelled(), future.running(), future.done()], [false, false, true]);
  });

  contract.test("A1: a running task's future is running, a failed one's finished", [], async (t) => {
    const executor = t.executor();
    const gate = t.gate();
    const future = executor.submit(waitAtGate, gate.cells, 1);
    await gate.arrived(1);
    await t.until(() => future.running(), "the future of a task that runs is running");
    gate.open();
    await future;
    const failed = executor.submit(tasks.fail, "no");
    await rejection(failed);
    assert.equal(failed.state, "finished");
  });

  contract.test(
    "A2: cancel of a pending future answers true, twice, and it never runs",
    ["pending"],
    async (t) => {
      const executor = t.executor({ maxWorkers: 1 });
      const gate = t.gate();
      const never = t.gate();
      const before = executor.submit(waitAtGate, gate.cells, 1);
      const future = executor.submit(waitAtGate, never.cells, 2);
      await gate.arrived(1);
      const seen: unknown[] = [];
      future.onDone((done) => seen.push(done));
      assert.equal(future.cancel("why"), true);
      assert.equal(future.cancel("again"), true);
      assert.deepEqual([future.state, future.cancelled(), future.done()], ["cancelled", true, true]);
      assert.deepEqual(seen, [future]);
      const error = await rejection(future);
      assertError(error, CancelledError);
      assert.equal(error.cause, "why");
      gate.open();
      await before;
      await executor.shutdown();
      assert.equal(never.arrivals, 0);
    },
  );

  contract.test("A2: cancel of a running future answers false and changes nothing", [], async (t) => {
    const executor = t.executor();
    const gate = t.gate();
    const future = executor.submit(waitAtGate, gate.cells, 7);
    await gate.arrived(1);
    await t.until(() => future.running(), "the future of a task that runs is running");
    assert.equal(future.cancel(), false);
    assert.equal(future.state, "running");
    gate.open();
    assert.equal(await future, 7);
  });

  contract.test("A2: cancel of a finished future answers false and keeps the result", [], async (t) => {
    const future = t.executor().submit(tasks.add, 1, 2);
    assert.equal(await future, 3);
    assert.equal(future.cancel(), false);
    assert.equal(future.state, "finished");
    assert.equal(await future, 3);
  });

  contract.test("A2: abort of a running task settles it, and the executor goes on", [], async (t) => {
    const executor = t.executor({ maxWorkers: 1 });
    const gate = t.gate();
    const future = executor.submit(tasks.pollAtGate, gate.cells, 1);
    await gate.arrived(1);
    future.abort("enough");
    // this task does not look at its signal: where it can't be stopped, it may end by itself, with its value
    if (!contract.can.stopsSynchronousTasks) gate.open();
    const error = await future.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (contract.can.stopsSynchronousTasks || error !== undefined) {
      assertError(error, CancelledError);
      assert.equal(error.cause, "enough");
      assert.equal(future.state, "cancelled");
    }
    assert.equal(await executor.submit(tasks.add, 1, 2), 3);
  });

  contract.test("A2: abort stops a task that never gives way", ["stopsSynchronousTasks"], async (t) => {
    const executor = t.executor({ maxWorkers: 1 });
    const gate = t.gate();
    const future = executor.submit(tasks.spinAtGate, gate.cells);
    await gate.arrived(1);
    future.abort("enough");
    assertError(await rejection(future), CancelledError);
    assert.equal(future.state, "cancelled");
    assert.equal(await executor.submit(tasks.add, 1, 2), 3);
  });

  contract.test(
    "A4: result with timeout 0 of a running task is a TimeoutError and stops nothing",
    [],
    async (t) => {
      const executor = t.executor();
      const gate = t.gate();
      const future = executor.submit(waitAtGate, gate.cells, 5);
      await gate.arrived(1);
      assertError(await rejection(future.result({ timeout: 0 })), TimeoutError);
      assertError(await rejection(future.result({ timeout: 5 })), TimeoutError);
      const waiting = future.result({ timeout: 1e6 });
      gate.open();
      assert.equal(await waiting, 5);
      assert.equal(await future.result({ timeout: 0 }), 5);
    },
  );

  contract.test(
    "A4: an aborted wait is a CancelledError with the reason, and stops nothing",
    [],
    async (t) => {
      const executor = t.executor();
      const gate = t.gate();
      const future = executor.submit(waitAtGate, gate.cells, 5);
      const controller = new AbortController();
      const waiting = rejection(future.result({ signal: controller.signal }));
      controller.abort("tired");
      const error = await waiting;
      assertError(error, CancelledError);
      assert.equal(error.cause, "tired");
      gate.open();
      assert.equal(await future, 5);
    },
  );

  contract.test("A4: a failed future throws the same error every time", [], async (t) => {
    const future = t.executor().submit(tasks.failLater, "no way");
    const error = await rejection(future);
    assertError(error, RangeError, /no way/);
    assert.equal(await rejection(future), error);
    assert.equal(await rejection(future.result()), error);
    assert.equal(future.snapshot().exception, error);
  });

  contract.test("A4: cancelling wakes those who wait", ["pending"], async (t) => {
    const executor = t.executor({ maxWorkers: 1 });
    const gate = t.gate();
    const before = executor.submit(waitAtGate, gate.cells, 1);
    const future = executor.submit(tasks.add, 1, 2);
    const waiting = [rejection(future), rejection(future.result()), rejection(future.exception())];
    assert.equal(future.cancel(), true);
    for (const error of await Promise.all(waiting)) assertError(error, CancelledError);
    gate.open();
    await before;
  });

  contract.test("A5: exception answers null, or the error", [], async (t) => {
    const executor = t.executor();
    assert.equal(await executor.submit(tasks.add, 1, 2).exception(), null);
    const failed = executor.submit(tasks.fail, "no");
    const error = await failed.exception();
    assertError(error, RangeError, /no/);
    assert.equal(await rejection(failed), error);
    const gate = t.gate();
    const running = executor.submit(waitAtGate, gate.cells, 1);
    assertError(await rejection(running.exception({ timeout: 0 })), TimeoutError);
    gate.open();
    await running;
  });

  contract.test(
    "A6: callbacks run in the order of adding, with the future, also when it is done",
    [],
    async (t) => {
      const executor = t.executor();
      const gate = t.gate();
      const future = executor.submit(waitAtGate, gate.cells, 1);
      const calls: string[] = [];
      const first = (done: Future<number>): void => {
        calls.push(`first ${done === future && done.done()}`);
      };
      future.onDone(first);
      future.onDone(() => calls.push("second"));
      future.onDone(first);
      gate.open();
      await future;
      assert.deepEqual(calls, ["first true", "second", "first true"]);
      future.onDone(() => calls.push("late"));
      assert.equal(calls.at(-1), "late");
    },
  );

  contract.test("A8: what ended keeps its outcome when the executor is terminated", [], async (t) => {
    const executor = t.executor();
    const value = executor.submit(tasks.add, 1, 2);
    const failed = executor.submit(tasks.fail, "no");
    await value;
    const error = await rejection(failed);
    await executor.terminate();
    assert.equal(await value, 3);
    assert.equal(await rejection(failed), error);
  });

  contract.test("A9: inspect tells state and outcome", [], async (t) => {
    const executor = t.executor();
    const value = executor.submit(tasks.add, 1, 2);
    const failed = executor.submit(tasks.fail, "no");
    await Promise.all([value, rejection(failed)]);
    assert.match(inspect(value), /^<Future add state=finished returned number>$/);
    assert.match(inspect(failed), /^<Future fail state=finished raised RangeError>$/);
  });

  contract.test("A10: snapshot is one look at state, value and error", [], async (t) => {
    const executor = t.executor();
    const future = executor.submit(tasks.add, 1, 2);
    await future;
    const expected = { state: "finished", done: true, cancelled: false, result: 3, exception: null };
    assert.deepEqual(future.snapshot(), expected);
    assert.ok(future instanceof Future);
  });

  contract.test(
    "A11: a failure nobody observed is reported once, at shutdown",
    ["reportsUnobserved"],
    async (t) => {
      const reports: UnobservedFailure[] = [];
      const executor = t.executor({ onUnobserved: (failure) => reports.push(failure) });
      const lost = executor.submit(tasks.fail, "lost");
      const seen = executor.submit(tasks.fail, "seen");
      await rejection(seen);
      await t.until(() => lost.done(), "the task has failed");
      await executor.shutdown();
      await executor.shutdown();
      assert.deepEqual(
        reports.map(({ name, error }) => [name, (error as Error).message]),
        [["fail", "lost"]],
      );
    },
  );

  contract.test("A12: a finished future and its result are not retained", ["gc"], async (t) => {
    const executor = t.executor();
    const [future, result] = await (async () => {
      const made = executor.submit(tasks.makeObject, 1_000);
      return [new WeakRef(made), new WeakRef(await made)] as const;
    })();
    await t.collected(future, "a future that was awaited");
    await t.collected(result, "a result that was read");
  });
}
