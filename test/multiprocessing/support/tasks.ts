// Tasks of the tests: exports, so that workers import them from here.
import { currentTask } from "ungil";
import { addToCell, type Cells, loadCell, storeCell, waitForCell } from "ungil/testing";

export function identity<T>(value: T): T {
  return value;
}

export function add(a: number, b: number): number {
  return a + b;
}

export function pid(): number {
  return process.pid;
}

/** Blocks its process until the gate is open. */
export function block<T>(cells: Cells, value: T): T {
  addToCell(cells, 1, 1);
  waitForCell(cells, 0);
  return value;
}

/** Answers with its process once the gate is open. */
export function pidAtGate(cells: Cells): number {
  return block(cells, process.pid);
}

/** Never gives way. */
export function spin(cells: Cells): never {
  addToCell(cells, 1, 1);
  for (;;) loadCell(cells, 0);
}

/** Ends its process by a signal, once the gate is open. */
export function killAtGate(cells: Cells, signal: NodeJS.Signals): void {
  block(cells, undefined);
  process.kill(process.pid, signal);
  // a signal that is not delivered at once finds it here
  for (;;) loadCell(cells, 0);
}

export function exit(code: number): never {
  return process.exit(code);
}

export function fail(message: string): never {
  throw Object.assign(new RangeError(message), { code: "E_TASK", cause: new TypeError("inner") });
}

/** Writes the id of its process to cell 2, and blocks until the gate is open. */
export function tellPid(cells: Cells): void {
  storeCell(cells, 2, process.pid);
  block(cells, undefined);
}

/** Does not end by SIGTERM. */
export function refuseToEnd(cells: Cells): never {
  process.on("SIGTERM", () => {});
  return spin(cells);
}

/** Works, without giving way, until it sees that it is cancelled. */
export function loopUntilCancelled(cells: Cells): string {
  const task = currentTask();
  addToCell(cells, 1, 1);
  while (!task.cancelled);
  return "saw it";
}

export function square(n: number): number {
  return n * n;
}

/** Fails for some of the numbers: for odd ones. */
export function failIfOdd(n: number): number {
  if (n % 2 === 1) throw new RangeError(`odd: ${n}`);
  return n;
}

/** Answers at once for all but the first, which waits for the gate. */
export function blockFirst([n, cells]: readonly [number, Cells]): number {
  return n === 0 ? block(cells, n) : n;
}

/** Counts the exit of its process in cell 2. */
export function countExit(cells: Cells): void {
  process.on("exit", () => addToCell(cells, 2, 1));
}
