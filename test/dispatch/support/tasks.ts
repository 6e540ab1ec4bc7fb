// Tasks of the dispatch tests: exports, so that workers import them. What they leave behind in shared memory
// reaches a worker through its initializer, so that a task may have arguments of any kind, or only numbers.
import { setImmediate as turn } from "node:timers/promises";
import { isMainThread, threadId } from "node:worker_threads";
import { currentTask, type Future } from "ungil";

/** Shared memory in which tasks leave what they did; each array is over a `SharedArrayBuffer`. */
export interface Traces {
  /** A `Gate`'s cells. */
  readonly gate: Int32Array;
  /** How often each task ran, by its id. */
  readonly runs: Int32Array;
  /** Number of runs so far, then the ids in the order in which they began. */
  readonly order: Int32Array;
  /** How many tasks that keep count are running, and the most there have been. */
  readonly level: Int32Array;
  /** The thread on which each task ran last, by its id. */
  readonly threads: Int32Array;
}

let traces: Traces | undefined;

/** The initializer of the tests' workers; in the tests' own thread, for runs to compare with. */
export function useTraces(given: Traces): void {
  traces = given;
}

/** Leaves the mark of a run. Answers its number. */
function begin(id: number): number {
  const { runs, order, threads } = traces!;
  const run = Atomics.add(runs, id, 1) + 1;
  Atomics.store(threads, id, threadId);
  const place = Atomics.add(order, 0, 1) + 1;
  if (place < order.length) Atomics.store(order, place, id);
  Atomics.notify(runs, id);
  return run;
}

export function next(id: number, value: number): number {
  begin(id);
  return value + 1;
}

export function burn(id: number, loops: number): number {
  begin(id);
  let sum = loops;
  for (let i = 0; i < loops; i++) sum = Math.imul(sum ^ i, 16_777_619);
  return sum;
}

export function echo<T>(id: number, value: T): T {
  begin(id);
  return value;
}

/** Answers after a microtask. */
export async function soon<T>(id: number, value: T): Promise<T> {
  begin(id);
  await undefined;
  return value;
}

/** Answers after a turn of the event loop. */
export async function later<T>(id: number, value: T): Promise<T> {
  begin(id);
  await turn();
  return value;
}

/** Something with an inside that tasks may share. */
export interface Shelf {
  count: number;
  readonly list: number[];
  readonly map: Map<number, string>;
  readonly inner: { count: number };
}

/** Changes its argument, all through, and answers with it. */
export function change(id: number, shelf: Shelf): Shelf {
  begin(id);
  shelf.count += 1;
  shelf.list.push(id);
  shelf.map.set(id, `entry ${shelf.map.size}`);
  shelf.inner.count += 1;
  return shelf;
}

export function fail(id: number, message: string): never {
  begin(id);
  throw new RangeError(message);
}

export async function failLater(id: number, message: string): Promise<never> {
  begin(id);
  await turn();
  throw new TypeError(message);
}

export function throwValue(id: number, value: unknown): never {
  begin(id);
  throw value;
}

export function makeError(id: number, message: string): Error {
  begin(id);
  return new RangeError(message);
}

export function makeMap(id: number, size: number): Map<number, Set<string>> {
  begin(id);
  return new Map(Array.from({ length: size }, (_, i) => [i, new Set([`a${i}`, `b${i}`])]));
}

export function makeArray(id: number, size: number): Float64Array {
  begin(id);
  return Float64Array.from({ length: size }, (_, i) => i / 3);
}

/** A result that can't be sent. */
export function makeUncloneable(id: number): { id: number; fn: () => number } {
  begin(id);
  return { id, fn: () => id };
}

export function sumBytes(id: number, bytes: Uint8Array): number {
  begin(id);
  let sum = 0;
  for (const byte of bytes) sum += byte;
  return sum;
}

/** Fails until there were `failures` runs. */
export function failAtFirst(id: number, failures: number): number {
  const run = begin(id);
  if (run <= failures) throw new RangeError(`run ${run}`);
  return run;
}

/** One function for tasks of all durations: it blocks its thread at the gate if it is told to. */
export function passOrBlock(id: number, blocks: boolean): number {
  begin(id);
  const { gate } = traces!;
  if (blocks) {
    Atomics.add(gate, 1, 1);
    while (Atomics.load(gate, 0) === 0) Atomics.wait(gate, 0, 0);
  }
  return id;
}

/** The same by spinning. */
export function passOrSpin(id: number, spins: boolean): number {
  begin(id);
  const { gate } = traces!;
  if (spins) {
    Atomics.add(gate, 1, 1);
    while (Atomics.load(gate, 0) === 0);
  }
  return id;
}

/** The same with a promise: its thread's event loop stays free. */
export async function passOrPoll(id: number, polls: boolean): Promise<number> {
  begin(id);
  const { gate } = traces!;
  if (polls) {
    Atomics.add(gate, 1, 1);
    while (Atomics.load(gate, 0) === 0) await turn();
  }
  return id;
}

/** Blocks its thread until the other task has begun; a negative number is no task. */
export function waitForOther(id: number, other: number): number {
  begin(id);
  const { runs } = traces!;
  if (other >= 0) while (Atomics.load(runs, other) === 0) Atomics.wait(runs, other, 0);
  return id;
}

/** How a task may take its thread with it. */
export type Death = "exit" | "hard exit" | "memory" | "nextTick" | "rejection" | "immediate" | "none";

/** Does what cheap tasks do, unless it is to die. */
export function passOrDie(id: number, death: Death): number {
  begin(id);
  if (death !== "none") die(death);
  return id;
}

/** Dies on its first run only. */
export function dieOnce(id: number, death: Death): number {
  if (begin(id) === 1 && death !== "none") die(death);
  return id;
}

function die(death: Death): void {
  // the tests compare with runs on their own thread
  if (isMainThread) throw new Error("this would end the test's process");
  const late = (): never => {
    throw new RangeError("nobody catches this");
  };
  if (death === "exit") process.exit(7);
  if (death === "hard exit") (process as unknown as { reallyExit(code: number): void }).reallyExit(7);
  if (death === "nextTick") process.nextTick(late);
  if (death === "immediate") setImmediate(late);
  if (death === "rejection") void Promise.reject(new RangeError("nobody catches this"));
  if (death === "memory") {
    const kept: unknown[] = [];
    for (;;) kept.push(Array.from({ length: 1_000 }, (_, i) => ({ i })));
  }
}

/** Counts how many of its kind run at once. */
export async function overlap(id: number, turns: number): Promise<number> {
  begin(id);
  const { level } = traces!;
  const now = Atomics.add(level, 0, 1) + 1;
  for (let most = Atomics.load(level, 1); most < now; most = Atomics.load(level, 1)) {
    Atomics.compareExchange(level, 1, most, now);
  }
  for (let i = 0; i < turns; i++) await turn();
  Atomics.sub(level, 0, 1);
  return id;
}

/** Submits `width` of itself to its own pool, `depth` times deep, and answers with the number of all. */
export async function tree(id: number, depth: number, width: number): Promise<number> {
  begin(id);
  if (depth === 0) return 1;
  const { executor } = currentTask();
  const parts: Future<number>[] = [];
  for (let i = 0; i < width; i++) parts.push(executor.submit(tree, id, depth - 1, width));
  let sum = 1;
  for (const part of await Promise.all(parts)) sum += part;
  return sum;
}

const tally = { count: 0, list: [] as number[] };

/** Answers with an object of its thread that it has just changed. */
export function tallyUp(id: number): { readonly count: number; readonly list: readonly number[] } {
  begin(id);
  tally.count += 1;
  tally.list.push(id);
  return tally;
}

/** The same, in a promise. */
export async function tallyUpLater(id: number): Promise<{ readonly count: number }> {
  begin(id);
  await undefined;
  tally.count += 1;
  return tally;
}

/** The cheapest task. */
export function increment(value: number): number {
  return value + 1;
}

/** Something that a test can hold weakly. */
export function makeBulk(_: unknown, size: number): { readonly bytes: Uint8Array } {
  return { bytes: new Uint8Array(size) };
}

/** Starts a timer on its thread that counts its ticks in a cell. */
export function startTicking(cells: Int32Array): void {
  setInterval(() => Atomics.add(cells, 0, 1), 1).unref();
}

/** Goes on for so many turns of its thread's event loop. */
export async function takeTurns(turns: number): Promise<number> {
  for (let i = 0; i < turns; i++) await turn();
  return turns;
}

/** Bytes in use on its thread, garbage not counted. */
export function heapUsed(): number {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
