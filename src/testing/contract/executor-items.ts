import assert from "node:assert/strict";
import {
  CancelledError,
  InvalidArgumentError,
  QueueFullError,
  ShutdownError,
  TimeoutError,
  WorkerExitError,
} from "../../errors.js";
import type { Executor } from "../../futures/executor.js";
import { Future } from "../../futures/future.js";
import { wait } from "../../futures/wait.js";
import { loadCell, valuesOf } from "../cells.js";
import * as tasks from "../tasks.js";
import type { Contract } from "./context.js";
import { assertError, rejection, thrown } from "./errors.js";

/** Contract items D1 to D4 and D12 to D18: submitting, and the ways an executor ends. */
export function executorItems(contract: Contract): void {
  const { waitAtGate } = contract;

  contract.test("D1: submit runs a function with its arguments and answers with a future", [], async (t) => {
    const executor = t.executor();
    const future = executor.submit(tasks.add, 1, 2);
    assert.ok(future instanceof Future);
    assert.equal(await future, 3);
    assert.equal(await executor.submit(tasks.addLater, 1, 2), 3);
    assert.equal(await executor.submit(tasks.describeNames, "fn", "self", "options"), "fn,self,options");
    assert.equal(await executor.submit(tasks.countArguments), 0);
    assert.equal(await executor.submit(tasks.countArguments, undefined, null, 0), 3);
    assert.deepEqual(await executor.submit(tasks.identity, { a: [1, { b: "x" }] }), { a: [1, { b: "x" }] });
    assert.equal(await executor.submit(tasks.identity, undefined), undefined);
  });

  contract.test("D1: closures and lambdas can be submitted", [], async (t) => {
    const executor = t.executor();
    const base = 40;
    const word = "answer";
    assert.equal(await executor.submit((n: number) => `${word}: ${base + n}`, 2), "answer: 42");
    assert.equal(await executor.submit(async () => base * 2), 80);
    assert.equal(await executor.submit(Math.max, 1, 5, 3), 5);
  });

  contract.test("D1: a failure settles its own future only, with the task's own error", [], async (t) => {
    const executor = t.executor({ maxWorkers: 1 });
    const failed = executor.submit(tasks.fail, "bad");
    const later = executor.submit(tasks.failLater, "worse");
    const fine = executor.submit(tasks.add, 1, 2);
    assertError(await rejection(failed), RangeError, /^bad$/);
    assertError(await rejection(later), RangeError, /^worse$/);
    assert.equal(await fine, 3);
    assert.equal(await rejection(executor.submit(tasks.throwValue, "a string")), "a string");
    assert.equal(await rejection(executor.submit(tasks.throwValue, null)), null);
    assert.equal(await rejection(executor.submit(tasks.throwValue, undefined)), undefined);
  });

  contract.test(
    "D1: what is not a function is an InvalidArgumentError, thrown from submit",
    [],
    async (t) => {
      const executor = t.executor();
      for (const wrong of [undefined, null, 1, "add", {}, Promise.resolve()]) {
        const error = thrown(() => executor.submit(wrong as () => void));
        assertError(error, InvalidArgumentError, /^fn must be a function/);
      }
    },
  );

  contract.test("D1: tasks start in the order of submission", ["pending"], async (t) => {
    const executor = t.executor({ maxWorkers: 1 });
    const cells = t.cells(51);
    const futures = Array.from({ length: 50 }, (_, value) => executor.submit(tasks.record, cells, value));
    await wait(futures);
    assert.deepEqual(
      valuesOf(cells).slice(1),
      Array.from({ length: 50 }, (_, value) => value),
    );
  });

  contract.test("D1: no more than maxWorkers tasks run at once", ["pending"], async (t) => {
    const executor = t.executor({ maxWorkers: 2 });
    const cells = t.cells(2);
    await wait(Array.from({ length: 60 }, () => executor.submit(tasks.overlap, cells)));
    assert.equal(loadCell(cells, 0), 0);
    assert.ok(loadCell(cells, 1) <= 2, `at most 2 at once, but there were ${loadCell(cells, 1)}`);
  });

  contract.test(
    "D1: one more than maxQueue waiting tasks is a QueueFullError from submit",
    ["boundedQueue"],
    async (t) => {
      const executor = t.executor({ maxWorkers: 1, maxQueue: 2 });
      const gate = t.gate();
      const futures = [executor.submit(waitAtGate, gate.cells, 0)];
      await gate.arrived(1);
      await t.until(() => futures[0]?.running() === true, "the first task runs");
      futures.push(executor.submit(tasks.identity, 1), executor.submit(tasks.identity, 2));
      assertError(
        thrown(() => executor.submit(tasks.identity, 3)),
        QueueFullError,
      );
      gate.open();
      assert.deepEqual(await Promise.all(futures), [0, 1, 2]);
      assert.equal(await executor.submit(tasks.identity, 4), 4);
    },
  );

  contract.test("D2: submit after shutdown or terminate throws a ShutdownError", [], async (t) => {
    for (const end of ["shutdown", "terminate"] as const) {
      const executor = t.executor();
      assert.equal(await executor.submit(tasks.add, 1, 2), 3);
      await executor[end]();
      const error = thrown(() => executor.submit(tasks.add, 1, 2));
      assertError(error, ShutdownError, /cannot schedule new futures after shutdown/);
      assertError(
        thrown(() => executor.with({ name: "view" }).submit(tasks.add, 1, 2)),
        ShutdownError,
      );
    }
  });

  contract.test("D2: submit while a shutdown waits throws a ShutdownError", [], async (t) => {
    const executor = t.executor();
    const gate = t.gate();
    const future = executor.submit(waitAtGate, gate.cells, 1);
    await gate.arrived(1);
    const ending = executor.shutdown();
    assertError(
      thrown(() => executor.submit(tasks.add, 1, 2)),
      ShutdownError,
    );
    gate.open();
    await ending;
    assert.equal(await future, 1);
  });

  contract.test("D4: maxWorkers below 1 or not whole is an InvalidArgumentError", ["queues"], async (t) => {
    for (const maxWorkers of [0, -1, 1.5, Number.NaN, "2" as unknown as number]) {
      assertError(
        thrown(() => t.executor({ maxWorkers })),
        InvalidArgumentError,
        /maxWorkers/,
      );
    }
  });

  contract.test(
    "D12: arguments, results and functions of finished tasks are not retained",
    ["gc"],
    async (t) => {
      const executor = t.executor();
      const references = await (async () => {
        const argument = tasks.makeObject(1_000);
        const lambda = (value: { readonly bytes: Uint8Array }): number => value.bytes.length;
        assert.equal(await executor.submit(lambda, argument), 1_000);
        return [new WeakRef<object>(argument), new WeakRef<object>(lambda)];
      })();
      for (const reference of references)
        await t.collected(reference, "an argument or function of a done task");
      assert.equal(await executor.submit(tasks.add, 1, 2), 3);
    },
  );

  contract.test("D13: shutdown waits for all that run and wait, and can be called again", [], async (t) => {
    const executor = t.executor({ maxWorkers: 2 });
    const gate = t.gate();
    const futures = Array.from({ length: 50 }, (_, value) => executor.submit(waitAtGate, gate.cells, value));
    await gate.arrived(1);
    const endings = [executor.shutdown(), executor.shutdown()];
    assert.equal(await Promise.race([...endings, Promise.resolve("waits")]), "waits");
    gate.open();
    await Promise.all(endings);
    assert.ok(futures.every((future) => future.done()));
    assert.deepEqual(
      await Promise.all(futures),
      Array.from({ length: 50 }, (_, value) => value),
    );
    await executor.shutdown();
    assert.equal(executor.stats().state, "shut-down");
  });

  contract.test("D13: a shutdown's timeout and signal end the wait, not the shutdown", [], async (t) => {
    const executor = t.executor();
    const gate = t.gate();
    const future = executor.submit(waitAtGate, gate.cells, 1);
    await gate.arrived(1);
    assertError(await rejection(executor.shutdown({ timeout: 5 })), TimeoutError);
    const controller = new AbortController();
    const waiting = rejection(executor.shutdown({ signal: controller.signal }));
    controller.abort("tired");
    const error = await waiting;
    assertError(error, CancelledError);
    assert.equal(error.cause, "tired");
    assertError(
      thrown(() => executor.submit(tasks.add, 1, 2)),
      ShutdownError,
    );
    gate.open();
    assert.equal(await future, 1);
    await executor.shutdown();
  });

  contract.test(
    "D14: cancelFutures cancels what has not started; what runs completes",
    ["pending"],
    async (t) => {
      const executor = t.executor({ maxWorkers: 5 });
      const gate = t.gate();
      const futures = Array.from({ length: 50 }, (_, value) =>
        executor.submit(waitAtGate, gate.cells, value),
      );
      await gate.arrived(5);
      const ending = executor.shutdown({ cancelFutures: true });
      const cancelled = futures.filter((future) => future.cancelled());
      assert.ok(cancelled.length > 20, `${cancelled.length} of 50 are cancelled`);
      gate.open();
      await ending;
      const rest = futures.filter((future) => !future.cancelled());
      assert.ok(rest.length >= 1);
      for (const future of rest) assert.equal(await future.exception(), null);
      for (const future of cancelled) assertError(await rejection(future), CancelledError);
    },
  );

  contract.test("D15: shutdown without wait answers at once; the work still finishes", [], async (t) => {
    const executor = t.executor({ maxWorkers: 1 });
    const gate = t.gate();
    const futures = [1, 2, 3].map((value) => executor.submit(waitAtGate, gate.cells, value));
    await executor.shutdown({ wait: false });
    assert.ok(futures.every((future) => !future.done()));
    assertError(
      thrown(() => executor.submit(tasks.add, 1, 2)),
      ShutdownError,
    );
    gate.open();
    assert.deepEqual(await Promise.all(futures), [1, 2, 3]);
  });

  contract.test(
    "D15: shutdown without wait but with cancelFutures cancels what waits",
    ["pending"],
    async (t) => {
      const executor = t.executor({ maxWorkers: 1 });
      const gate = t.gate();
      const first = executor.submit(waitAtGate, gate.cells, 1);
      const second = executor.submit(tasks.add, 1, 2);
      await gate.arrived(1);
      await executor.shutdown({ wait: false, cancelFutures: true });
      assert.equal(second.cancelled(), true);
      gate.open();
      assert.equal(await first, 1);
      await executor.shutdown();
    },
  );

  contract.test("D17: await using shuts down, also when the body throws", [], async (t) => {
    const kept: { executor?: Executor; future?: Future<number> } = {};
    const failure = new Error("of the body");
    const body = async (): Promise<void> => {
      await using executor = t.executor();
      kept.executor = executor;
      kept.future = executor.submit(tasks.addLater, 1, 2);
      throw failure;
    };
    assert.equal(await rejection(body()), failure);
    assert.equal(kept.future?.done(), true);
    assert.equal(await kept.future, 3);
    assertError(
      thrown(() => kept.executor?.submit(tasks.add, 1, 2)),
      ShutdownError,
    );
  });

  contract.test("D18: an executor nobody holds finishes its work", ["gc"], async (t) => {
    const gate = t.gate();
    // made here, not by t.executor: nothing may hold it
    const futures = ((executor: Executor) =>
      Array.from({ length: 5 }, (_, value) => executor.submit(waitAtGate, gate.cells, value)))(
      contract.unheld(),
    );
    await gate.arrived(1);
    for (let turn = 0; turn < 3; turn += 1) {
      globalThis.gc?.();
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
    gate.open();
    assert.deepEqual(await Promise.all(futures), [0, 1, 2, 3, 4]);
  });

  contract.test(
    "D14: terminate settles everything: what waits is cancelled, what runs fails",
    [],
    async (t) => {
      const executor = t.executor({ maxWorkers: 1 });
      const gate = t.gate();
      const running = executor.submit(waitAtGate, gate.cells, 1);
      await gate.arrived(1);
      await t.until(() => running.running(), "the first task runs");
      const others = [2, 3].map((value) => executor.submit(waitAtGate, gate.cells, value));
      const waiting = others.filter((future) => future.state === "pending");
      if (contract.can.queues) assert.equal(waiting.length, 2);
      const ending = executor.terminate();
      // a task that can't be stopped has to end by itself
      if (!contract.can.isolated) gate.open();
      await ending;
      for (const future of [running, ...others]) assert.equal(future.done(), true);
      for (const future of waiting) assertError(await rejection(future), CancelledError);
      const error = await running.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (contract.can.isolated) assertError(error, WorkerExitError);
      assert.equal(executor.stats().state, "shut-down");
    },
  );
}
