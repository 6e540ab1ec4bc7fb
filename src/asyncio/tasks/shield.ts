import { Future, observe, outcomeOf, removeCallback, whenDone } from "../../futures/future.js";
import { type Awaitable, type AwaitedOf, checkAwaitable } from "./awaitable.js";
import { openTask, taskName } from "./task.js";
import { ensureFuture } from "./wrap-future.js";

/**
 * Keeps what it is given from being cancelled: a task that stands before it and can be cancelled in its place. When the
 * caller is cancelled, its wait ends and the work goes on; a failure after that is reported, as one that nobody
 * awaits. A work that is itself cancelled makes the shield cancelled. What is done already is answered as it is.
 *
 * The work of a function belongs to nobody, as by `createTask`. Keep the task where its end matters to you.
 *
 * *Errors*: `InvalidArgumentError`, thrown from the call.
 *
 * @param target - a function, which is started as a task; a task, a future or a promise.
 * @example
 * await shield(() => commit(transaction)); // is not broken off when the caller is cancelled
 */
export function shield<A extends Awaitable<unknown>>(target: A): Future<AwaitedOf<A>> {
  checkAwaitable("target", target);
  const inner = ensureFuture(target) as Future<AwaitedOf<A>>;
  if (inner.done()) return inner;
  const { task, resolve, reject } = openTask<AwaitedOf<A>>(taskName(undefined, { name: "shield" }), {
    waits: () => [inner.toString()],
    cancel: (error) => {
      reject(error);
      // the work may outlive many that waited for it; a failure of it is its own now
      removeCallback(inner, onDone);
      // nobody else knows the task that stands for a promise
      if (!(target instanceof Future) && typeof target !== "function") inner.abort(error.cause);
      return true;
    },
  });
  const onDone = (): void => {
    const outcome = outcomeOf(inner)!;
    if (!outcome.failed) return resolve(outcome.value);
    observe(inner);
    reject(outcome.error);
  };
  whenDone(inner, onDone);
  return task;
}
