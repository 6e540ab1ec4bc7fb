/**
 * Functions that the contract's tests submit. Each stands by itself: it uses its parameters and globals only,
 * so that any executor can send it, by reference or by value. `cells` is what a {@link Gate} shares with them:
 * `[open, arrivals]`.
 *
 * @module
 */
import { addToCell, awaitCell, type Cells, loadCell, raiseCell, storeCell, waitForCell } from "./cells.js";

/** Shared cells and a value as one item of a `map`. */
export interface GatedItem {
  /** The gate to wait at, or the cells to count in; `null` to go on at once. */
  readonly cells: Cells | null;
  /** The result; a negative one makes the task fail. */
  readonly value: number;
}

export function add(a: number, b: number): number {
  return a + b;
}

export function join(one: string, other: string): string {
  return one + other;
}

export async function addLater(a: number, b: number): Promise<number> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  return a + b;
}

export function identity<T>(value: T): T {
  return value;
}

/** Parameters with the names of an executor's own. */
export function describeNames(fn: string, self: string, options: string): string {
  return [fn, self, options].join();
}

export function countArguments(...args: unknown[]): number {
  return args.length;
}

export function fail(message: string): never {
  throw new RangeError(message);
}

export async function failLater(message: string): Promise<never> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  throw new RangeError(message);
}

export function throwValue(value: unknown): never {
  throw value;
}

/** An object that a test can hold weakly. */
export function makeObject(size: number): { readonly bytes: Uint8Array } {
  return { bytes: new Uint8Array(size) };
}

/** Adds 1 to the first cell. */
export function countItem({ cells, value }: GatedItem): number {
  if (cells) addToCell(cells, 0, 1);
  return value;
}

/** Writes the value at the next free place of `cells`, whose first cell is the number of places taken. */
export function record(cells: Cells, value: number): number {
  storeCell(cells, addToCell(cells, 0, 1) + 1, value);
  return value;
}

/** Counts in `[now, most]` how many of its kind run at once. */
export async function overlap(cells: Cells): Promise<void> {
  const now = addToCell(cells, 0, 1) + 1;
  raiseCell(cells, 1, now);
  for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
  addToCell(cells, 0, -1);
}

/** Fails until it has been called `failures` times. */
export function failAtFirst(cells: Cells, failures: number): number {
  const calls = addToCell(cells, 0, 1) + 1;
  if (calls <= failures) throw new RangeError(`call ${calls}`);
  return calls;
}

/** Blocks its thread until the gate is open. */
export function blockAtGate(cells: Cells, value: number): number {
  addToCell(cells, 1, 1);
  waitForCell(cells, 0);
  return value;
}

/** Lets the event loop run until the gate is open. */
export async function pollAtGate(cells: Cells, value: number): Promise<number> {
  addToCell(cells, 1, 1);
  await awaitCell(cells, 0);
  return value;
}

/** Burns its thread until the gate is open. */
export function spinAtGate(cells: Cells): void {
  addToCell(cells, 1, 1);
  while (loadCell(cells, 0) === 0);
}

/** `blockAtGate` for the items of a `map`. */
export function blockItem({ cells, value }: GatedItem): number {
  if (cells) {
    addToCell(cells, 1, 1);
    waitForCell(cells, 0);
  }
  if (value < 0) throw new RangeError(`item ${value}`);
  return value;
}

/** `pollAtGate` for the items of a `map`. */
export async function pollItem({ cells, value }: GatedItem): Promise<number> {
  if (cells) {
    addToCell(cells, 1, 1);
    await awaitCell(cells, 0);
  }
  if (value < 0) throw new RangeError(`item ${value}`);
  return value;
}

/** Fails for the items that a divisor does not divide. */
export function failUnlessDivisible(item: number): number {
  if (item % 3 === 1) throw new RangeError(`item ${item}`);
  return item;
}

export function withIndex(item: string, index: number): string {
  return `${index}:${item}`;
}
