// What the soak submits. Each task tells that it ran, and answers with a value that only
// its own number can have.
import { currentTask } from "ungil";
import { addToCell, waitForCell } from "ungil/testing";
import { begin } from "./runs.mjs";

/** A value that tells whose it is. */
export const valueOf = (id) => Math.imul(id, 2_654_435_761) | 0;

const turn = () => new Promise((resolve) => setImmediate(resolve));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Blocks its worker until the gate is open: no two of these can share one. */
export function meet(cells) {
  addToCell(cells, 1, 1);
  waitForCell(cells, 0);
  return 1;
}

export function quick(runs, id) {
  begin(runs, id);
  return valueOf(id);
}

export function echo(runs, id, data) {
  begin(runs, id);
  return { id, value: valueOf(id), data };
}

export function burn(runs, id, loops) {
  begin(runs, id);
  let state = loops;
  for (let i = 0; i < loops; i++) state = Math.imul(state ^ i, 16_777_619);
  return state === 0.5 ? state : valueOf(id);
}

export async function later(runs, id, ms) {
  begin(runs, id);
  await pause(ms);
  return valueOf(id);
}

export async function nest(runs, id, width) {
  begin(runs, id);
  const { executor } = currentTask();
  const parts = Array.from({ length: width }, (_, i) =>
    executor.submit((one, other) => one + other, valueOf(id), i),
  );
  const sums = await Promise.all(parts);
  return sums.every((sum, i) => sum === valueOf(id) + i) ? valueOf(id) : sums;
}

/** Runs until it is asked to stop, and then stops. */
export function obey(runs, id) {
  begin(runs, id);
  const task = currentTask();
  while (!task.cancelled);
  return valueOf(id);
}

export async function obeyLater(runs, id) {
  begin(runs, id);
  const { signal } = currentTask();
  while (!signal.aborted) await turn();
  return valueOf(id);
}

/** Never stops by itself. */
export function ignore(runs, id) {
  begin(runs, id);
  for (;;);
}

/** Fails as often as it may, and then answers. */
export function failFirst(runs, id, failures) {
  const { attempt } = currentTask();
  begin(runs, id);
  if (attempt <= failures) throw new RangeError(`attempt ${attempt} of ${id}`);
  return valueOf(id);
}

// ── faults ────────────────────────────────────────────────────────────────────────────────────────────────

export function throwing(runs, id) {
  begin(runs, id);
  throw new RangeError(`task ${id}`);
}

export async function rejecting(runs, id) {
  begin(runs, id);
  await turn();
  throw new TypeError(`task ${id}`);
}

export function exiting(runs, id) {
  begin(runs, id);
  process.exit((id % 100) + 1);
}

export function vanishing(runs, id) {
  begin(runs, id);
  process.reallyExit((id % 100) + 1);
}

export async function exitingLater(runs, id) {
  begin(runs, id);
  await turn();
  process.exit((id % 100) + 1);
}

export function throwingInTimer(runs, id) {
  begin(runs, id);
  setTimeout(() => {
    throw new RangeError(`timer of ${id}`);
  }, 1);
  return new Promise(() => {});
}

export function unhandled(runs, id) {
  begin(runs, id);
  void Promise.reject(new RangeError(`rejection of ${id}`));
  return new Promise(() => {});
}

export function overflowing(runs, id) {
  begin(runs, id);
  const deeper = (n) => deeper(n + 1) + 1;
  return deeper(0);
}

export function exhausting(runs, id) {
  begin(runs, id);
  const kept = [];
  for (;;) kept.push(Array.from({ length: 1_000 }, (_, i) => ({ i })));
}

export function tooLarge(runs, id) {
  begin(runs, id);
  return new ArrayBuffer(2 ** 53 - 1);
}

export function uncloneable(runs, id) {
  begin(runs, id);
  return { id, fn: () => id, symbol: Symbol("no") };
}

export function hostile(runs, id) {
  begin(runs, id);
  const error = new Error(`hostile ${id}`);
  Object.defineProperty(error, "detail", {
    enumerable: true,
    get() {
      throw new Error("not to be read");
    },
  });
  error.cause = error;
  throw error;
}

/** Is done, and takes its worker down afterwards. */
export function undermining(runs, id) {
  begin(runs, id);
  setImmediate(() => {
    throw new RangeError(`left behind by ${id}`);
  });
  return valueOf(id);
}
