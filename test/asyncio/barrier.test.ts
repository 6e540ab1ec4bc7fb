import assert from "node:assert/strict";
import { test } from "node:test";
import { BrokenBarrierError, CancelledError, InvalidArgumentError, TimeoutError } from "ungil";
import { Barrier } from "ungil/asyncio";
import { manualClock } from "ungil/testing";
import { numbers, turn, watch } from "./support/watch.js";

test("P5 fewer than one party are refused; one alone goes through", async () => {
  for (const parties of [0, -1, 1.5, Number.NaN])
    assert.throws(() => new Barrier(parties), InvalidArgumentError);
  const barrier = new Barrier(1);
  assert.deepEqual([await barrier.wait(), await barrier.wait()], [0, 0]);
});

test("P5 all go on when the last has come, each with a number of its own, a thousand times", async () => {
  const barrier = new Barrier(3);
  for (let round = 0; round < 1_000; round++) {
    const first = watch(barrier.wait());
    const second = barrier.wait();
    if (round % 100 === 0) await turn();
    assert.equal(first.state, "pending");
    assert.equal(barrier.nWaiting, 2);
    assert.deepEqual([await barrier.wait(), await second, first.value], [2, 1, 0]);
    assert.equal(barrier.nWaiting, 0);
  }
  assert.deepEqual(barrier.stats(), { parties: 3, waiting: 0, peakWaiting: 2, broken: false });
});

test("P5 a filler that is cancelled, or late, is not counted any more", async () => {
  const clock = manualClock();
  const barrier = new Barrier(3, { clock });
  const abort = new AbortController();
  const cancelled = watch(barrier.wait({ signal: abort.signal }));
  const late = watch(barrier.wait({ timeout: 10 }));
  abort.abort();
  await clock.advance(10);
  assert.ok(cancelled.error instanceof CancelledError);
  assert.ok(late.error instanceof TimeoutError);
  assert.deepEqual([barrier.nWaiting, barrier.broken], [0, false]);
  const waits = numbers(3).map(() => barrier.wait());
  assert.deepEqual(await Promise.all(waits), [0, 1, 2]);
});

test("P5 newcomers belong to the next round, also while the last one is on its way out", async () => {
  const barrier = new Barrier(2);
  const first = watch(barrier.wait());
  const last = watch(barrier.wait());
  const newcomer = watch(barrier.wait());
  await turn();
  assert.deepEqual([first.state, last.state, newcomer.state], ["fulfilled", "fulfilled", "pending"]);
  await barrier.wait();
  await turn();
  assert.equal(newcomer.value, 0);
});

test("P5 reset frees those who wait with an error, each with its own, and the barrier can be used", async () => {
  const barrier = new Barrier(3);
  const waits = numbers(2).map(() => watch(barrier.wait()));
  barrier.reset();
  await turn();
  assert.ok(waits.every(({ error }) => error instanceof BrokenBarrierError));
  assert.notEqual(waits[0]!.error, waits[1]!.error);
  assert.equal(barrier.broken, false);
  barrier.reset();
  assert.deepEqual(await Promise.all(numbers(3).map(() => barrier.wait())), [0, 1, 2]);
});

test("P5 abort breaks the barrier for those who wait and those who come, until it is reset", async () => {
  const barrier = new Barrier(2);
  const waiting = watch(barrier.wait());
  barrier.abort();
  await turn();
  assert.ok(waiting.error instanceof BrokenBarrierError);
  assert.equal(barrier.broken, true);
  await assert.rejects(barrier.wait(), BrokenBarrierError);
  assert.equal(barrier.nWaiting, 0);
  barrier.reset();
  assert.deepEqual(await Promise.all([barrier.wait(), barrier.wait()]), [0, 1]);
});
