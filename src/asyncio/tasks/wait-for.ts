import { TimeoutError } from "../../errors.js";
import { Future } from "../../futures/future.js";
import { type Awaitable, type AwaitedOf, checkAwaitable, checkLimit } from "./awaitable.js";
import { interruptible, outcomeInScope } from "./interruptible.js";
import { waitForPromise } from "./promise-waits.js";
import { checkTimeoutOptions, type TimeoutOptions, timeout } from "./timeout.js";

/**
 * Waits for something, for a limited time; when the time is up, it is cancelled. The call fails with a `TimeoutError`
 * when that has ended: a task or a function may clean up first, a future of an executor is aborted. What it ends with
 * in spite of the cancellation, a value or an error of its own, is what the call ends with. A promise can't be
 * cancelled, so of a promise only the wait ends. To keep what is waited for, wrap it: `waitFor(shield(task), ms)`.
 *
 * *Cancellation*: of the scope around it cancels what is waited for, and ends the wait when that has ended.
 *
 * *Errors*: `TimeoutError`; what is waited for fails with. `InvalidArgumentError`, thrown from the call.
 *
 * @param target - a function, which is called here; a task, a future or a promise.
 * @param ms - limit in ms; `null` for none. With 0 or less a function is not called, and what is done already gives its
 *   value.
 * @example
 * const answer = await waitFor(() => ask(server), 1_000);
 */
export function waitFor<A extends Awaitable<unknown>>(
  target: A,
  ms: number | null,
  options: TimeoutOptions = {},
): Promise<AwaitedOf<A>> {
  checkAwaitable("target", target);
  checkLimit("ms", ms);
  checkTimeoutOptions(options);
  if (typeof target === "function" && ms !== null && ms <= 0) {
    return Promise.reject(new TimeoutError(`the time limit of ${ms} ms passed`));
  }
  if (target instanceof Future && target.done()) return target.result() as Promise<AwaitedOf<A>>;
  return timeout(ms, () => settled(target), options) as Promise<AwaitedOf<A>>;
}

function settled(target: Awaitable<unknown>): unknown {
  if (typeof target === "function") return target();
  if (target instanceof Future) return outcomeInScope(target);
  return interruptible({ what: () => "a promise" }, (ending) => waitForPromise(target, ending));
}
