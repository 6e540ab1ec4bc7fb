import assert from "node:assert/strict";
import { CancelledError, InvalidArgumentError, TimeoutError } from "../../errors.js";
import { asCompleted } from "../../futures/as-completed.js";
import type { Executor } from "../../futures/executor.js";
import type { Future } from "../../futures/future.js";
import { wait } from "../../futures/wait.js";
import type { Cells } from "../cells.js";
import type { Gate } from "../gate.js";
import * as tasks from "../tasks.js";
import type { Contract, TestContext } from "./context.js";
import { assertError, rejection, thrown } from "./errors.js";

async function all<F extends Future<unknown>>(futures: AsyncIterable<F>): Promise<F[]> {
  const found: F[] = [];
  for await (const future of futures) found.push(future);
  return found;
}

/** Contract items B1 to B6 and C1 to C6: waiting for several of an executor's futures. */
export function waitingItems(contract: Contract): void {
  const { waitAtGate } = contract;

  /** One future that is done, one that waits at a gate. */
  async function doneAndOpen(
    t: TestContext,
  ): Promise<[Executor, Future<number>, Future<number>, Gate<Cells>]> {
    const executor = t.executor({ maxWorkers: 2 });
    const gate = t.gate();
    const done = executor.submit(tasks.add, 1, 2);
    const open = executor.submit(waitAtGate, gate.cells, 4);
    await done;
    await gate.arrived(1);
    return [executor, done, open, gate];
  }

  contract.test(
    "B1, B2: asCompleted yields each once, those done first, of several executors",
    [],
    async (t) => {
      const [, done, open, gate] = await doneAndOpen(t);
      const other = t.executor().submit(tasks.add, 3, 4);
      await other;
      const iterator = asCompleted([open, done, open, other, done]);
      const early = [(await iterator.next()).value, (await iterator.next()).value];
      assert.deepEqual(new Set(early), new Set([done, other]));
      gate.open();
      assert.equal((await iterator.next()).value, open);
      assert.equal((await iterator.next()).done, true);
    },
  );

  contract.test("B2: asCompleted follows the order of completion", [], async (t) => {
    const executor = t.executor({ maxWorkers: 3 });
    const gates = [t.gate(), t.gate(), t.gate()];
    const futures = gates.map((gate, index) => executor.submit(waitAtGate, gate.cells, index));
    for (const gate of gates) await gate.arrived(1);
    const iterator = asCompleted(futures);
    for (const index of [2, 0, 1]) {
      const next = iterator.next();
      gates[index]?.open();
      assert.equal(await (await next).value, index);
    }
    assert.deepEqual(await iterator.next(), { done: true, value: undefined });
  });

  contract.test("B3, B4: a timeout yields what is done, then says how many are not", [], async (t) => {
    const [executor, done, open, gate] = await doneAndOpen(t);
    const failed = executor.submit(tasks.fail, "no");
    await rejection(failed);
    for (const timeout of [0, 10]) {
      const iterator = asCompleted([open, done, failed], { timeout });
      const early = [(await iterator.next()).value, (await iterator.next()).value];
      assert.deepEqual(new Set(early), new Set([done, failed]));
      assertError(await rejection(iterator.next()), TimeoutError, /^1 \(of 3\) futures unfinished$/);
      assert.equal((await iterator.next()).done, true);
    }
    assert.equal(open.done(), false);
    gate.open();
    await open;
  });

  contract.test(
    "B5: asCompleted of nothing ends; failed and cancelled futures are yielded",
    ["pending"],
    async (t) => {
      assert.deepEqual(await all(asCompleted([])), []);
      const executor = t.executor({ maxWorkers: 1 });
      const gate = t.gate();
      const held = executor.submit(waitAtGate, gate.cells, 1);
      const failed = executor.submit(tasks.fail, "no");
      const cancelled = executor.submit(tasks.add, 1, 2);
      cancelled.cancel();
      gate.open();
      assert.deepEqual(await all(asCompleted([failed, held, cancelled])), [cancelled, held, failed]);
    },
  );

  contract.test("B6: leaving asCompleted detaches, and the futures go on", [], async (t) => {
    const [, done, open, gate] = await doneAndOpen(t);
    for await (const future of asCompleted([open, done])) {
      assert.equal(future, done);
      break;
    }
    gate.open();
    assert.equal(await open, 4);
  });

  contract.test("B6: asCompleted does not retain what it yielded", ["gc"], async (t) => {
    const executor = t.executor({ maxWorkers: 2 });
    const gate = t.gate();
    const iterator = asCompleted([
      executor.submit(tasks.add, 1, 2),
      executor.submit(waitAtGate, gate.cells, 4),
    ]);
    const yielded = await (async () => {
      const { value } = await iterator.next();
      assert.ok(value);
      assert.equal(await value, 3);
      return new WeakRef(value);
    })();
    await t.collected(yielded, "a future that asCompleted yielded");
    gate.open();
    assert.equal(await (await iterator.next()).value, 4);
  });

  contract.test(
    "C1: wait answers with two sets; duplicates collapse; nothing is two empty sets",
    [],
    async (t) => {
      const [, done, open, gate] = await doneAndOpen(t);
      assert.deepEqual(await wait([]), { done: new Set(), notDone: new Set() });
      assert.deepEqual(await wait([done, done]), { done: new Set([done]), notDone: new Set() });
      const waiting = wait([done, open, open]);
      gate.open();
      assert.deepEqual(await waiting, { done: new Set([done, open]), notDone: new Set() });
    },
  );

  contract.test("C2: a timeout does not throw, the sets say what is missing", [], async (t) => {
    const [, done, open] = await doneAndOpen(t);
    for (const timeout of [0, 5]) {
      const sets = await wait([done, open], { timeout });
      assert.deepEqual(sets, { done: new Set([done]), notDone: new Set([open]) });
    }
  });

  contract.test(
    "C2: an aborted wait is a CancelledError with the reason; the futures go on",
    [],
    async (t) => {
      const [, done, open, gate] = await doneAndOpen(t);
      const controller = new AbortController();
      const waiting = rejection(wait([done, open], { signal: controller.signal }));
      controller.abort("tired");
      const error = await waiting;
      assertError(error, CancelledError);
      assert.equal(error.cause, "tired");
      gate.open();
      assert.equal(await open, 4);
    },
  );

  contract.test(
    "C3: FIRST_COMPLETED returns with the first, or at once with all that are done",
    [],
    async (t) => {
      const executor = t.executor({ maxWorkers: 2 });
      const gates = [t.gate(), t.gate()] as const;
      const [first, second] = gates.map((gate) => executor.submit(waitAtGate, gate.cells, 1)) as [
        Future<number>,
        Future<number>,
      ];
      const waiting = wait([first, second], { returnWhen: "FIRST_COMPLETED" });
      gates[1].open();
      assert.deepEqual(await waiting, { done: new Set([second]), notDone: new Set([first]) });
      const third = executor.submit(tasks.add, 1, 2);
      await third;
      const again = await wait([first, second, third], { returnWhen: "FIRST_COMPLETED" });
      assert.deepEqual(again, { done: new Set([second, third]), notDone: new Set([first]) });
    },
  );

  contract.test("C4: FIRST_EXCEPTION returns with the first failure", [], async (t) => {
    const [executor, done, open] = await doneAndOpen(t);
    const failed = executor.submit(tasks.failLater, "no");
    const sets = await wait([done, open, failed], { returnWhen: "FIRST_EXCEPTION" });
    assert.deepEqual(sets, { done: new Set([done, failed]), notDone: new Set([open]) });
    const again = await wait([open, failed], { returnWhen: "FIRST_EXCEPTION" });
    assert.deepEqual(again, { done: new Set([failed]), notDone: new Set([open]) });
  });

  contract.test(
    "C4: FIRST_EXCEPTION does not count a cancellation, and waits for all",
    ["pending"],
    async (t) => {
      const executor = t.executor({ maxWorkers: 1 });
      const gate = t.gate();
      const held = executor.submit(waitAtGate, gate.cells, 1);
      const cancelled = executor.submit(tasks.add, 1, 2);
      const waiting = wait([held, cancelled], { returnWhen: "FIRST_EXCEPTION" });
      cancelled.cancel();
      gate.open();
      assert.deepEqual(await waiting, { done: new Set([held, cancelled]), notDone: new Set() });
    },
  );

  contract.test("C5: another condition is an InvalidArgumentError", [], async (t) => {
    const future = t.executor().submit(tasks.add, 1, 2);
    const error = thrown(() => wait([future], { returnWhen: "x" as "ALL_COMPLETED" }));
    assertError(error, InvalidArgumentError, /returnWhen.*FIRST_COMPLETED/);
    await future;
  });

  contract.test("C6: 100 futures done at once wake one wait", [], async (t) => {
    const executor = t.executor();
    const gate = t.gate();
    const futures = [executor.submit(waitAtGate, gate.cells, 0)];
    for (let value = 1; value < 100; value += 1) futures.push(executor.submit(tasks.identity, value));
    const waiting = wait(futures);
    gate.open();
    const { done, notDone } = await waiting;
    assert.deepEqual([done.size, notDone.size], [100, 0]);
  });
}
