// What the pools run. Those that wait answer after 1.5 s: a pool that takes no notice of the fault then says so.
import { setTimeout as delay } from "node:timers/promises";
import { threadId } from "node:worker_threads";

/** Holds a worker for so many ms, and says which one it was. */
export async function hold(time) {
  await delay(time);
  return threadId;
}

export function exitNow() {
  process.exit(3);
}

export async function exitInTimer() {
  setTimeout(() => process.exit(3), 50);
  await delay(1_500);
}

export async function exitInPromise() {
  await Promise.resolve().then(() => process.exit(3));
}

export async function throwInTimer() {
  setTimeout(() => {
    throw new RangeError("thrown in a timer");
  }, 50);
  await delay(1_500);
}

export async function rejectUnhandled() {
  setTimeout(() => void Promise.reject(new RangeError("nobody handles this")), 50);
  await delay(1_500);
}

export function overflowStack() {
  const deeper = (depth) => deeper(depth + 1) + 1;
  return deeper(0);
}

export function exhaustHeap() {
  const kept = [];
  for (;;) kept.push(new Array(10_000).fill(kept.length));
}

export function loopForever() {
  for (;;);
}

/** Counts in shared memory that it has started. */
export function mark(counter) {
  return Atomics.add(new Int32Array(counter), 0, 1);
}

export function returnFunction() {
  return () => 1;
}

export function throwGetter() {
  const error = new Error("its details throw");
  Object.defineProperty(error, "details", {
    enumerable: true,
    get() {
      throw new Error("the getter throws");
    },
  });
  throw error;
}

export function throwCircular() {
  const error = new Error("its own cause");
  error.cause = error;
  throw error;
}

export function throwProxy() {
  throw new Proxy(new Error("behind a proxy"), {
    get() {
      throw new Error("the trap throws");
    },
  });
}
