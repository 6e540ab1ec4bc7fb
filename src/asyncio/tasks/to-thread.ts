import { inThisContext } from "../../async-context.js";
import type { Executor } from "../../futures/executor.js";
import { type Future, observe, outcomeOf, whenDone } from "../../futures/future.js";
import { checkFunction } from "../../validate.js";
import { openTask, type Task, taskName } from "./task.js";

let threads: Promise<Executor> | Executor | undefined;

/** The executor behind {@link toThread}: made once, when it is first needed. */
function threadPool(): Promise<Executor> | Executor {
  threads ??= import("ungil/threading").then(
    ({ ThreadPoolExecutor }) => (threads = new ThreadPoolExecutor({ name: "toThread" })),
    (error: unknown) => {
      threads = undefined;
      throw error;
    },
  );
  return threads;
}

/**
 * Runs `fn(...args)` on a thread, for work that would block the event loop. All calls share one `ThreadPoolExecutor`,
 * with a thread for each core; it is made at the first call, and idle it does not keep the process alive. With an
 * executor of your own use {@link runInExecutor}.
 *
 * Stores that were named by `propagate` go along, as with any executor.
 *
 * *Cancellation*: ends the wait at once, as in Python: what has not begun never runs, what runs goes on to its end, and
 * its result is dropped; a failure after that is reported.
 *
 * *Errors*: of the function, and `CaptureError` for one that can't be sent, are the task's. `InvalidArgumentError`,
 * thrown from the call, for something that is not a function.
 *
 * @example
 * const hash = await toThread(slowHash, text);
 */
export function toThread<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Task<Awaited<R>> {
  checkFunction("fn", fn);
  let submitted: Future<Awaited<R>> | undefined;
  const { task, resolve, reject } = openTask<Awaited<R>>(taskName(undefined, fn), {
    waits: () => [submitted?.toString() ?? "a thread pool"],
    cancel: (error) => {
      reject(error);
      submitted?.cancel(error.cause);
      return true;
    },
  });
  const submit = inThisContext((executor: Executor): void => {
    if (task.done()) return;
    const future = executor.submit(fn, ...args);
    submitted = future;
    whenDone(future, () => {
      const outcome = outcomeOf(future)!;
      if (!outcome.failed) return resolve(outcome.value);
      // after the end of the task the failure is the future's own, and reported as such
      if (!task.done()) observe(future);
      reject(outcome.error);
    });
  });
  const start = (executor: Executor): void => {
    try {
      submit(executor);
    } catch (error) {
      reject(error);
    }
  };
  const pool = threadPool();
  if (pool instanceof Promise) pool.then(start, reject);
  else start(pool);
  return task;
}
