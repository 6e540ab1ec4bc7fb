/**
 * Who holds a lock, within an isolate: the task that runs, so that tasks on one event loop exclude each other.
 *
 * @module
 */
import { taskStorage } from "../../pool/current-task.js";
import { ambientTask } from "../../sync/ambient.js";

const numbers = new WeakMap<object, number>();
let latest = 0;

/** Names the task of `ungil/asyncio` and the task of an executor in which this call is made; "0.0" outside of any. */
export function holderKey(): string {
  return `${numberOf(ambientTask())}.${numberOf(taskStorage.getStore())}`;
}

function numberOf(task: object | undefined): number {
  if (task === undefined) return 0;
  let number = numbers.get(task);
  if (number === undefined) {
    number = ++latest;
    numbers.set(task, number);
  }
  return number;
}
