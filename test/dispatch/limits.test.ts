import assert from "node:assert/strict";
import { test } from "node:test";
import { TimeoutError } from "ungil";
import { Gate, manualClock, until } from "ungil/testing";
import { rejectionOf } from "../threading/support/rejection.js";
import { limit, onTracedPool, range, settled, turns, warmUp } from "./support/pool.js";
import { next, passOrBlock, passOrSpin } from "./support/tasks.js";

/** Tells that it has come to the gate, and waits there without its thread's event loop standing still. */
async function poll(cells: Int32Array, value: number): Promise<number> {
  Atomics.add(cells, 1, 1);
  while (Atomics.load(cells, 0) === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  return value;
}

test("timeout: the time behind other tasks of the burst does not count", limit, async () => {
  const clock = manualClock();
  await onTracedPool(1_200, { maxWorkers: 1, clock, grace: 0 }, async ({ pool, gate, runs }) => {
    await warmUp((i) => pool.submit(passOrBlock, i, false), 500);
    const limited = pool.with({ timeout: 1_000, name: "limited" });
    const own = new Gate();
    const before = range(100).map((i) => pool.submit(passOrBlock, 500 + i, i === 0));
    const future = limited.submit(poll, own.cells, 7);
    const quick = range(100).map((i) => limited.submit(next, 600 + i, i));
    const after = range(100).map((i) => pool.submit(passOrBlock, 700 + i, false));
    await gate.arrived(1);
    await turns(20);
    await clock.advance(50_000);
    assert.equal(future.state, "pending");
    gate.open();
    await own.arrived(1);
    await until(() => future.running(), "that it runs is known here");
    await clock.advance(999);
    await turns(5);
    assert.equal(future.state, "running");
    await clock.advance(1);
    assert.match((await rejectionOf(future, TimeoutError)).message, /limited.*1000 ms/);
    await settled([...before, ...quick, ...after]);
    assert.deepEqual(
      await Promise.all(quick),
      range(100).map((i) => i + 1),
    );
    assert.ok(range(300).every((i) => runs(500 + i) === 1));
  });
});

test("timeout: each task of a burst has its full time, one after the other", limit, async () => {
  const clock = manualClock();
  await onTracedPool(100, { maxWorkers: 1, clock, grace: 0 }, async ({ pool }) => {
    await warmUp((i) => pool.submit(next, i, i), 100);
    const limited = pool.with({ timeout: 1_000 });
    const gates = range(8).map(() => new Gate());
    const futures = gates.map((gate, i) => limited.submit(poll, gate.cells, i));
    for (const [i, gate] of gates.entries()) {
      await gate.arrived(1);
      await until(() => futures[i]!.running(), "that it runs is known here");
      await clock.advance(900);
      assert.equal(futures[i]!.state, "running");
      gate.open();
      assert.equal(await futures[i], i);
    }
  });
});

test(
  "timeout: a task of a burst that is late is ended with its worker, and the others run once",
  limit,
  async () => {
    const clock = manualClock();
    await onTracedPool(900, { maxWorkers: 1, clock, grace: 0 }, async ({ pool, gate, runs }) => {
      await warmUp((i) => pool.submit(passOrSpin, i, false), 500);
      const limited = pool.with({ timeout: 1_000 });
      for (const [round, place] of [0, 30, 59].entries()) {
        const first = 500 + round * 60;
        const futures = range(60).map((i) => (i % 2 ? pool : limited).submit(passOrSpin, first + i, false));
        const late = limited.submit(passOrSpin, 800 + round, true);
        const more = range(place).map((i) => (i % 2 ? pool : limited).submit(passOrSpin, 810 + i, false));
        const counted = range(place).map((i) => runs(810 + i));
        await gate.arrived(round + 1);
        await until(() => late.running(), "that it runs is known here");
        await clock.advance(1_000);
        await rejectionOf(late, TimeoutError);
        await settled([...futures, ...more]);
        assert.deepEqual(
          await Promise.all(futures),
          range(60).map((i) => first + i),
        );
        assert.ok(range(60).every((i) => runs(first + i) === 1));
        assert.ok(counted.every((before, i) => runs(810 + i) === before + 1));
      }
    });
  },
);

test(
  "deadline: a thousand tasks behind a long one miss theirs at once, and none of them runs; the others do",
  limit,
  async () => {
    const clock = manualClock();
    await onTracedPool(2_000, { maxWorkers: 1, clock }, async ({ pool, gate, runs }) => {
      await warmUp((i) => pool.submit(passOrBlock, i, false), 500);
      const urgent = pool.with({ deadline: 1_000 });
      const long = pool.submit(passOrBlock, 500, true);
      await gate.arrived(1);
      const futures = range(1_000).map((i) => (i % 2 ? urgent : pool).submit(passOrBlock, 501 + i, false));
      await turns(20);
      await clock.advance(999);
      assert.ok(futures.every((future) => future.state === "pending"));
      await clock.advance(1);
      for (const [i, future] of futures.entries()) assert.equal(future.done(), i % 2 === 1);
      await rejectionOf(futures[1]!, TimeoutError);
      gate.open();
      await settled([long, ...futures]);
      for (const i of range(1_000)) assert.equal(runs(501 + i), i % 2 ? 0 : 1);
    });
  },
);

test("no timer is left of a burst of tasks with limits", limit, async () => {
  const clock = manualClock();
  await onTracedPool(600, { maxWorkers: 2, clock }, async ({ pool }) => {
    const limited = pool.with({ timeout: 60_000, deadline: 60_000 });
    const futures = range(600).map((i) => limited.submit(next, i, i));
    for (const [i, future] of futures.entries()) if (i % 3 === 0) future.cancel();
    await settled(futures);
    await pool.shutdown();
    assert.equal(clock.pending(), 0);
  });
});
