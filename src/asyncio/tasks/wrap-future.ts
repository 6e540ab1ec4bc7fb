/**
 * Futures and promises as tasks, and functions in executors; contract items Q3 and Q4.
 *
 * @module
 */
import { InvalidArgumentError } from "../../errors.js";
import type { Executor } from "../../futures/executor.js";
import { Future, observe, outcomeOf, whenDone } from "../../futures/future.js";
import type { UnobservedFailures } from "../../futures/unobserved.js";
import { checkFunction } from "../../validate.js";
import { type Awaitable, checkAwaitable } from "./awaitable.js";
import { startTask } from "./create-task.js";
import { type PromiseWait, waitForPromise } from "./promise-waits.js";
import { currentScope, outside } from "./scope.js";
import { openTask, Task, taskName } from "./task.js";

/**
 * A future of an executor, or a promise, as a task: with a name, in the tree of tasks, and to be cancelled. A task is
 * answered as it is.
 *
 * *Cancellation*: of the task aborts the future, and the task ends when the future has; a promise can't be cancelled,
 * so the task ends at once, and a later failure of the promise is reported, once for all of its tasks. A future that is cancelled by others makes
 * the task cancelled.
 *
 * @throws InvalidArgumentError for something that is neither.
 * @example
 * const task = wrapFuture(pool.submit(render, page));
 */
export function wrapFuture<T>(future: PromiseLike<T>): Task<Awaited<T>> {
  if (future instanceof Task) return future as Task<Awaited<T>>;
  if (future instanceof Future) return taskOfFuture(future as Future<Awaited<T>>, taskName(undefined));
  if (typeof future === "function") {
    throw new InvalidArgumentError("future", future, "a future or a promise; use createTask for a function");
  }
  checkAwaitable("future", future);
  return taskOfPromise(future) as Task<Awaited<T>>;
}

/** What can be waited for, as a future that can be cancelled. A function is started as a task. */
export function ensureFuture<T>(target: Awaitable<T>): Future<Awaited<T>> {
  if (target instanceof Future) return target as Future<Awaited<T>>;
  if (typeof target === "function") return startTask(target, {}) as Task<Awaited<T>>;
  return taskOfPromise(target) as Task<Awaited<T>>;
}

function taskOfFuture<T>(future: Future<T>, name: string): Task<T> {
  const { task, resolve, reject } = openTask<T>(name, {
    waits: () => [future.toString()],
    cancel: (error) => {
      future.abort(error.cause);
      return true;
    },
  });
  whenDone(future, () => {
    // from here on the failure is the task's
    observe(future);
    const outcome = outcomeOf(future)!;
    if (outcome.failed) reject(outcome.error);
    else resolve(outcome.value);
  });
  return task;
}

function taskOfPromise<T>(promise: PromiseLike<T>): Task<T> {
  const { unobserved } = currentScope()?.home ?? outside;
  const { task, resolve, reject } = openTask<T>(taskName(undefined), {
    waits: () => ["a promise"],
    cancel: (error) => {
      reject(error);
      // one tells of a later failure for all: a promise may outlive many that waited for it
      if (reported.has(promise)) leave();
      else reportFailure(wait, unobserved, task.name);
      if (promise instanceof Promise) reported.add(promise);
      return true;
    },
  });
  const wait: PromiseWait = { resolve: (value) => resolve(value as T), reject };
  const leave = waitForPromise(promise, wait);
  return task;
}

/** Promises whose failure is going to be reported. */
const reported = new WeakSet<PromiseLike<unknown>>();

/** Of what was waited for, a failure is reported, and nothing else happens. */
function reportFailure(wait: PromiseWait, unobserved: UnobservedFailures, name: string): void {
  wait.resolve = () => {};
  wait.reject = (error) => unobserved.report({ error, name });
}

/**
 * Runs `fn(...args)` in an executor, as a task.
 *
 * *Cancellation*: of the task aborts what was submitted (queued: it never runs; running: it is asked to stop, and after
 * the executor's `grace` made to). The task ends when that has really stopped.
 *
 * *Errors*: those of `executor.submit`, thrown from the call; those of the function are the task's.
 *
 * @example
 * const task = runInExecutor(pool, slowHash, text);
 * console.log(await task);
 */
export function runInExecutor<A extends unknown[], R>(
  executor: Executor,
  fn: (...args: A) => R,
  ...args: A
): Task<Awaited<R>> {
  if (typeof (executor as Partial<Executor> | null)?.submit !== "function") {
    throw new InvalidArgumentError("executor", executor, "an executor, with the method submit");
  }
  checkFunction("fn", fn);
  return taskOfFuture(executor.submit(fn, ...args), taskName(undefined, fn));
}
