import assert from "node:assert/strict";
import { CancelledError, InvalidArgumentError, ShutdownError, TimeoutError } from "../../errors.js";
import type { Future } from "../../futures/future.js";
import * as tasks from "../tasks.js";
import type { Contract } from "./context.js";
import { assertError, rejection } from "./errors.js";

/** What `ready` does in every executor. */
export function readyItems(contract: Contract): void {
  const { waitAtGate } = contract;

  contract.test("ready: an executor with nothing to do is ready at once", [], async (t) => {
    const executor = t.executor();
    await executor.ready();
    await executor.with({ name: "view" }).ready({ timeout: 0 });
    assert.equal(await executor.submit(tasks.add, 1, 2), 3);
    await executor.ready();
  });

  contract.test(
    "ready: with maxQueue it waits until submit would not throw, and one producer never meets a full queue",
    ["boundedQueue"],
    async (t) => {
      const executor = t.executor({ maxWorkers: 1, maxQueue: 2 });
      const gate = t.gate();
      const futures: Future<unknown>[] = [executor.submit(waitAtGate, gate.cells, 0)];
      await gate.arrived(1);
      await t.until(() => futures[0]?.running() === true, "the first task runs");
      for (const value of [1, 2]) {
        await executor.ready();
        futures.push(executor.submit(tasks.identity, value));
      }
      let ready = false;
      const waiting = executor.ready().then(() => {
        ready = true;
        // the room is kept for who was told of it
        return executor.submit(tasks.identity, 3);
      });
      assertError(await rejection(executor.ready({ timeout: 5 })), TimeoutError);
      assert.equal(ready, false);
      gate.open();
      assert.equal(await waiting, 3);
      assert.deepEqual(await Promise.all(futures), [0, 1, 2]);
      for (let value = 0; value < 100; value += 1) {
        await executor.ready();
        futures.push(executor.submit(tasks.identity, value));
      }
      await Promise.all(futures);
    },
  );

  contract.test(
    "ready: many who wait are told in turn, and each finds the room it was told of",
    ["boundedQueue"],
    async (t) => {
      const executor = t.executor({ maxWorkers: 2, maxQueue: 1 });
      const order: number[] = [];
      const produce = async (value: number): Promise<void> => {
        await executor.ready();
        order.push(value);
        assert.equal(await executor.submit(tasks.addLater, value, 1), value + 1);
      };
      const values = Array.from({ length: 60 }, (_, value) => value);
      await Promise.all(values.map(produce));
      assert.deepEqual(order, values);
    },
  );

  contract.test(
    "ready: a signal ends the wait with its reason, and who waits behind is served",
    ["boundedQueue"],
    async (t) => {
      const executor = t.executor({ maxWorkers: 1, maxQueue: 0 });
      const gate = t.gate();
      const first = executor.submit(waitAtGate, gate.cells, 0);
      await gate.arrived(1);
      await t.until(() => first.running(), "the first task runs");
      const controller = new AbortController();
      const given = rejection(executor.ready({ signal: controller.signal }));
      const behind = executor.ready();
      controller.abort("enough");
      const error = await given;
      assertError(error, CancelledError);
      assert.equal(error.cause, "enough");
      const aborted = await rejection(executor.ready({ signal: AbortSignal.abort("before") }));
      assertError(aborted, CancelledError);
      gate.open();
      await behind;
      assert.equal(await first, 0);
    },
  );

  contract.test("ready: bad options are InvalidArgumentErrors", [], async (t) => {
    const executor = t.executor();
    assertError(await rejection(executor.ready({ timeout: Number.NaN })), InvalidArgumentError, /timeout/);
    assertError(
      await rejection(executor.ready({ signal: {} as AbortSignal })),
      InvalidArgumentError,
      /signal/,
    );
  });

  contract.test(
    "ready: shutdown and terminate end the wait with a ShutdownError",
    ["boundedQueue"],
    async (t) => {
      for (const end of ["shutdown", "terminate"] as const) {
        const executor = t.executor({ maxWorkers: 1, maxQueue: 0 });
        const gate = t.gate();
        const future = executor.submit(waitAtGate, gate.cells, 0);
        await gate.arrived(1);
        await t.until(() => future.running(), "the first task runs");
        const waiting = rejection(executor.ready());
        const ending = executor[end]();
        assertError(await waiting, ShutdownError);
        assertError(await rejection(executor.ready()), ShutdownError);
        gate.open();
        await Promise.allSettled([future]);
        await ending;
      }
    },
  );
}
