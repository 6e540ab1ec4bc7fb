// Tasks of the tests: exports, so that workers import them from here.
import { threadId } from "node:worker_threads";
import { currentTask, type Executor } from "ungil";

/** Blocks its thread until the gate is open. `cells` is a gate's: `[open, arrivals]`. */
export function block<T>(cells: Int32Array, value: T): T {
  Atomics.add(cells, 1, 1);
  while (Atomics.load(cells, 0) === 0) Atomics.wait(cells, 0, 0);
  return value;
}

/** Waits for the gate and lets the event loop run. */
export async function poll<T>(cells: Int32Array, value: T): Promise<T> {
  Atomics.add(cells, 1, 1);
  while (Atomics.load(cells, 0) === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  return value;
}

/** Never gives way. */
export function spin(cells: Int32Array): never {
  Atomics.add(cells, 1, 1);
  for (;;) Atomics.load(cells, 0);
}

/** Comes to the gate, and then ends its worker. */
export async function exitAtGate(cells: Int32Array, code: number): Promise<void> {
  await poll(cells, undefined);
  process.exit(code);
}

export function identity<T>(value: T): T {
  return value;
}

export function add(a: number, b: number): number {
  return a + b;
}

export function fail(message: string): never {
  throw new RangeError(message);
}

export function thread(): number {
  return threadId;
}

/** Counts its calls and fails until there were `failures` of them. */
export function failAtFirst(cells: Int32Array, failures: number): number {
  const calls = Atomics.add(cells, 0, 1) + 1;
  if (calls <= failures) throw new RangeError(`call ${calls}`);
  return calls;
}

/** Counts in `[now, most]` how many of its kind run at once, until the gate is open. */
export async function overlap(counts: Int32Array, turns = 3): Promise<void> {
  const now = Atomics.add(counts, 0, 1) + 1;
  for (let most = Atomics.load(counts, 1); most < now; most = Atomics.load(counts, 1)) {
    Atomics.compareExchange(counts, 1, most, now);
  }
  for (let turn = 0; turn < turns; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  Atomics.sub(counts, 0, 1);
}

/** Writes the value at the next free place of `cells`, whose first cell is the number of places taken. */
export function record(cells: Int32Array, value: number): number {
  Atomics.store(cells, Atomics.add(cells, 0, 1) + 1, value);
  return value;
}

export async function fib(executor: Executor, n: number): Promise<number> {
  if (n < 2) return n;
  const parts = [executor.submit(fib, executor, n - 1), executor.submit(fib, executor, n - 2)];
  const [a, b] = await Promise.all(parts);
  return (a as number) + (b as number);
}

/** The same with the executor that the task finds itself in. */
export async function ownFib(n: number): Promise<number> {
  if (n < 2) return n;
  const { executor } = currentTask();
  const parts = [executor.submit(ownFib, n - 1), executor.submit(ownFib, n - 2)];
  const [a, b] = await Promise.all(parts);
  return (a as number) + (b as number);
}
