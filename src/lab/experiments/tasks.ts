/**
 * What the experiments do in threads and processes. Each function has all it needs as arguments: nothing is captured.
 *
 * @module
 */
import type { Lock } from "../../threading/index.js";
import type { Gil } from "../gil/gil.js";

/** Computes; under a Gil as the code of an interpreter does, which lets others have it. */
export function burn(steps: number, gil?: Gil): number {
  let state = 1;
  for (let step = 0; step < steps; step += 1024) {
    for (let n = 0; n < 1024; n++) state = (Math.imul(state, 1664525) + 1013904223) | 0;
    gil?.checkpoint();
  }
  return state;
}

/** Computes until the first of some shared cells is no longer 0; the second tells that it has begun. */
export function burnUntil(cells: Int32Array, gil?: Gil): void {
  let state = 1;
  Atomics.store(cells, 1, 1);
  while (Atomics.load(cells, 0) === 0) {
    for (let n = 0; n < 1024; n++) state = (Math.imul(state, 1664525) + 1013904223) | 0;
    gil?.checkpoint();
  }
  Atomics.store(cells, 2, state);
}

/** Waits for 1 ms again and again, as for small pieces of I/O; answers ms for each. */
export async function smallWaits(many: number, gil?: Gil): Promise<number> {
  const wait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
  const start = performance.now();
  for (let n = 0; n < many; n++) await (gil ? gil.io(wait()) : wait());
  return (performance.now() - start) / many;
}

/** Waits without a thread: what a request to elsewhere is. */
export async function pause(ms: number, gil?: Gil): Promise<void> {
  const waited = new Promise<void>((resolve) => setTimeout(resolve, ms));
  await (gil ? gil.io(waited) : waited);
}

/** Waits with its thread blocked: what `time.sleep` is in Python. */
export function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Pieces of work, each of one part that any thread can do at any time and one that only one can do at a time. */
export function share(pieces: number, apart: number, together: number, lock: Lock): void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  for (let piece = 0; piece < pieces; piece++) {
    // as waits for others are: many short, few long
    Atomics.wait(cell, 0, 0, -Math.log(1 - Math.random()) * apart);
    const guard = lock.acquireSync();
    const end = performance.now() + together;
    while (performance.now() < end);
    guard.release();
  }
}

/** Sends back what it got. */
export const echo = <T>(value: T): T => value;

/** The memory of the process that it runs in, in bytes. */
export const residentMemory = (): number => process.memoryUsage.rss();
