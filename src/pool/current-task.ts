/**
 * What a task can know and say of itself. The store is found under a registered symbol, so that a task sees
 * it whichever copy of the package its own code imports.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { InvalidStateError } from "../errors.js";
import type { Executor } from "../futures/executor.js";
import { portable, registerReviver } from "../portable.js";

/** What {@link currentTask} answers. */
export interface CurrentTask {
  /** Number of the task, unique within its executor. */
  readonly id: number;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Aborts when the task is to stop; give it to whatever takes a signal. */
  readonly signal: AbortSignal;
  /** Whether the task is to stop. Reads shared memory: a synchronous loop sees it too. */
  readonly cancelled: boolean;
  /** What `with({ context })` gave to the task, or to the one that submitted it; `undefined` where none did. */
  readonly context: unknown;
  /** The executor that runs the task; submitting to it cannot dead-lock. */
  readonly executor: Executor;
  /** Sends a progress report to whoever iterates `future.progress`. Anything structured clone takes. */
  report(progress: unknown): void;
}

/** Of a task on this very thread: the one that submitted it. */
export const outerTask: unique symbol = Symbol("outerTask");

/** A task that has one. */
export interface InnerTask extends CurrentTask {
  readonly [outerTask]: CurrentTask | undefined;
}

const key = Symbol.for("ungil.currentTask");
const shared = globalThis as { [key]?: AsyncLocalStorage<CurrentTask> };
if (!shared[key]) Object.defineProperty(globalThis, key, { value: new AsyncLocalStorage<CurrentTask>() });

/** The task that is running, in each asynchronous context. For hosts. */
export const taskStorage = shared[key] as AsyncLocalStorage<CurrentTask>;

/**
 * The task that is running.
 * @throws InvalidStateError outside of a task.
 * @example
 * function search(space: Space) {
 *   const task = currentTask();
 *   for (const point of space) {
 *     if (task.cancelled) return;
 *     …
 *   }
 * }
 */
export function currentTask(): CurrentTask {
  const task = taskStorage.getStore();
  if (!task) {
    throw new InvalidStateError(
      "currentTask() is only there inside a task: call it in the function that is submitted",
    );
  }
  return task;
}

// a closure may capture the function itself, as code in one bundle does
const reviver = "ungil.currentTask";
Object.defineProperty(currentTask, portable, { value: () => ({ reviver, data: undefined }) });
registerReviver(reviver, () => currentTask);
