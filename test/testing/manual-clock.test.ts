import assert from "node:assert/strict";
import { test } from "node:test";
import { InvalidArgumentError } from "ungil";
import { manualClock } from "ungil/testing";

test("time stands still until it is told to go on, and timers fire in the order of their times", async () => {
  const clock = manualClock();
  const fired: [string, number][] = [];
  const set = (name: string, delay: number) => clock.setTimer(() => fired.push([name, clock.now()]), delay);
  set("c", 30);
  set("a", 10);
  set("b1", 20);
  set("b2", 20);
  set("never", Number.POSITIVE_INFINITY);
  assert.deepEqual([clock.now(), clock.pending()], [0, 4]);
  await clock.advance(20);
  assert.deepEqual(fired, [
    ["a", 10],
    ["b1", 20],
    ["b2", 20],
  ]);
  assert.deepEqual([clock.now(), clock.pending()], [20, 1]);
  await clock.advance(9.5);
  assert.equal(fired.length, 3);
  await clock.advance(0.5);
  assert.deepEqual(fired.at(-1), ["c", 30]);
});

test("what a timer sets off, through promises too, happens before the next timer", async () => {
  const clock = manualClock();
  const order: string[] = [];
  clock.setTimer(async () => {
    order.push("first");
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    order.push("after promises");
    clock.setTimer(() => order.push(`nested at ${clock.now()}`), 5);
  }, 10);
  clock.setTimer(() => order.push("second"), 20);
  await clock.advance(100);
  assert.deepEqual(order, ["first", "after promises", "nested at 15", "second"]);
  assert.equal(clock.now(), 100);
});

test("a cancelled timer does not fire, also when it is cancelled by one that fires at the same time", async () => {
  const clock = manualClock();
  const fired: string[] = [];
  const gone = clock.setTimer(() => fired.push("gone"), 5);
  clock.setTimer(() => late.cancel(), 10);
  const late = clock.setTimer(() => fired.push("late"), 10);
  gone.cancel();
  gone.cancel();
  await clock.advance(10);
  assert.deepEqual(fired, []);
  assert.equal(clock.pending(), 0);
});

test("calls of advance follow one another; a callback that throws rejects its own", async () => {
  const clock = manualClock();
  const seen: number[] = [];
  clock.setTimer(() => {
    throw new Error("in the timer");
  }, 5);
  clock.setTimer(() => seen.push(clock.now()), 7);
  const first = clock.advance(6);
  const second = clock.advance(10);
  await assert.rejects(first, /in the timer/);
  await second;
  assert.deepEqual(seen, [7]);
  assert.equal(clock.now(), 15);
});

test("a time that is none is an InvalidArgumentError, thrown from the call", () => {
  for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY, "5" as unknown as number]) {
    assert.throws(() => manualClock().advance(wrong), InvalidArgumentError);
  }
});
