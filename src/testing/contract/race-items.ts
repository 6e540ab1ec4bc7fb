import assert from "node:assert/strict";
import { CancelledError, ShutdownError, WorkerExitError } from "../../errors.js";
import type { Executor } from "../../futures/executor.js";
import type { Future } from "../../futures/future.js";
import { seeded } from "../seeded.js";
import * as tasks from "../tasks.js";
import type { Contract } from "./context.js";

/** Rounds of each repeated race. */
const rounds = 30;

/** Submits, cancels, aborts and gives way at random, then ends the executor in a random way. */
async function round(executor: Executor, random: () => number): Promise<void> {
  const futures: Future<unknown>[] = [];
  const settled = new Map<Future<unknown>, number>();
  const steps = 5 + Math.floor(random() * 40);
  for (let step = 0; step < steps; step += 1) {
    const choice = random();
    const any = futures[Math.floor(random() * futures.length)];
    if (choice < 0.6) {
      const future: Future<unknown> =
        choice < 0.4 ? executor.submit(tasks.add, step, 1) : executor.submit(tasks.failLater, "race");
      future.onDone((done) => settled.set(done, (settled.get(done) ?? 0) + 1));
      futures.push(future);
      // somebody waits while it races, and so its failure is observed
      future.exception().catch(() => {});
    } else if (choice < 0.75) any?.cancel("race");
    else if (choice < 0.85) any?.abort("race");
    else await new Promise<void>((resolve) => setImmediate(resolve));
  }
  const end = random();
  if (end < 0.3) await executor.shutdown();
  else if (end < 0.6) await executor.shutdown({ cancelFutures: true });
  else if (end < 0.8) await executor.terminate();
  else {
    void executor.shutdown({ wait: false });
    await executor.shutdown({ cancelFutures: true });
  }
  assert.throws(() => executor.submit(tasks.add, 1, 2), ShutdownError);
  for (const future of futures) {
    assert.equal(future.done(), true, `${future.toString()} is done after the end of its executor`);
    assert.equal(settled.get(future), 1, `${future.toString()} was settled once`);
    const error = future.cancelled() ? null : await future.exception();
    const known =
      error === null ||
      error instanceof CancelledError ||
      error instanceof WorkerExitError ||
      (error instanceof RangeError && error.message === "race");
    assert.ok(known, `${future.toString()} failed for one of the known reasons: ${String(error)}`);
  }
}

/** Contract item D16: races of submit, cancel, abort and the ways to end. Failures tell the seed. */
export function raceItems(contract: Contract): void {
  contract.test("D16: whatever races, every future is settled once and the executor ends", [], async (t) => {
    for (let turn = 0; turn < rounds; turn += 1) {
      const seed = contract.seed + turn;
      const random = seeded(seed);
      try {
        await round(t.executor({ maxWorkers: 1 + Math.floor(random() * 3) }), random);
      } catch (cause) {
        throw new Error(`seed ${seed} (give it to executorContract as \`seed\`): ${String(cause)}`, {
          cause,
        });
      }
    }
  });

  contract.test("D16: cancel just before shutdown does not hang", [], async (t) => {
    for (let turn = 0; turn < rounds; turn += 1) {
      const executor = t.executor({ maxWorkers: 1 });
      const first = executor.submit(tasks.addLater, 1, 2);
      const second = executor.submit(tasks.addLater, 3, 4);
      if (turn % 2 === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      second.cancel();
      await executor.shutdown();
      assert.equal(await first, 3);
      assert.equal(second.done(), true);
    }
  });

  contract.test("D16: a shutdown from a task's callback does not hang", [], async (t) => {
    const executor = t.executor({ maxWorkers: 2 });
    const futures = Array.from({ length: 10 }, (_, value) => executor.submit(tasks.addLater, value, 0));
    const endings: Promise<void>[] = [];
    for (const future of futures) future.onDone(() => endings.push(executor.shutdown()));
    await executor.shutdown();
    assert.equal(endings.length, 10);
    await Promise.all(endings);
  });
}
