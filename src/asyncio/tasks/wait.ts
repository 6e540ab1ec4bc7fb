import { InvalidArgumentError } from "../../errors.js";
import {
  type AsCompletedOptions,
  type CompletedFutures,
  asCompleted as completedOf,
} from "../../futures/as-completed.js";
import type { Future } from "../../futures/future.js";
import { type WaitForOptions, type WaitResult, wait as waitFor } from "../../futures/wait.js";
import { checkOptions } from "../../validate.js";
import { interruptible, interruptibleBySignal } from "./interruptible.js";
import { currentClock } from "./scope.js";

/**
 * Waits for several tasks or futures, and answers with those that are done and those that are not: `wait` of `ungil`,
 * which ends with the scope it is called in. It never cancels any of them, nor throws for the timeout.
 *
 * *Cancellation*: ends with the scope it is in, and by `signal`; tasks and futures go on.
 *
 * *Errors*: `CancelledError`. `InvalidArgumentError`, thrown from the call, for an empty set, for something that is not
 * a task or a future (start a function by `createTask`), or a bad option.
 *
 * @param futures - any iterable of tasks and futures; one that is named twice counts once.
 * @param options - when to return; limit of the wait in ms.
 * @example
 * const { done, notDone } = await wait(tasks, { returnWhen: "FIRST_COMPLETED", timeout: 1_000 });
 */
export function wait<F extends Future<unknown>>(
  futures: Iterable<F>,
  options: WaitForOptions = {},
): Promise<WaitResult<F>> {
  checkOptions("options", options);
  const all = setOf(futures);
  if (all.size === 0) throw new InvalidArgumentError("futures", futures, "at least one task or future");
  const clock = currentClock(options.clock);
  return interruptibleBySignal({ what: () => `one of ${all.size} tasks`, signal: options.signal }, (signal) =>
    waitFor(all, { ...options, clock, signal }),
  );
}

/**
 * Yields tasks and futures as they get done, the same objects that were given: `asCompleted` of `ungil`, whose waits
 * end with the scope they are in. Leaving the loop ends the iteration; who wants to go on with it later calls `next()`.
 *
 * *Cancellation*: `next()` ends with the scope it is called in; what it waited for is what the next call gives.
 * `signal` ends the iteration. Tasks and futures go on.
 *
 * *Errors*: `TimeoutError` from `next` when some are not done `timeout` ms after the call; `CancelledError`.
 * `InvalidArgumentError`, thrown from the call, for something that is not a task or a future, or a bad option.
 *
 * @param futures - any iterable of tasks and futures; one that is named twice is yielded once.
 * @param options - limit from the call to the last one, in ms.
 * @example
 * for await (const task of asCompleted(tasks)) console.log(await task);
 */
export function asCompleted<F extends Future<unknown>>(
  futures: Iterable<F>,
  options: AsCompletedOptions = {},
): CompletedFutures<F> {
  checkOptions("options", options);
  return new CompletedInScope(completedOf(futures, { ...options, clock: currentClock(options.clock) }));
}

class CompletedInScope<F extends Future<unknown>> implements CompletedFutures<F> {
  readonly #completed: CompletedFutures<F>;
  /** A `next` that was interrupted: what it gives is not lost. */
  #pending: Promise<IteratorResult<F, undefined>> | undefined;

  constructor(completed: CompletedFutures<F>) {
    this.#completed = completed;
  }

  next(): Promise<IteratorResult<F, undefined>> {
    return interruptible({ what: () => "the next one that is done" }, ({ resolve, reject }) => {
      const next = this.#pending ?? this.#completed.next();
      this.#pending = undefined;
      let interrupted = false;
      next.then(
        (result) => interrupted || resolve(result),
        (error: unknown) => interrupted || reject(error),
      );
      return () => {
        interrupted = true;
        this.#pending = next;
      };
    });
  }

  return(): Promise<IteratorResult<F, undefined>> {
    this.#pending = undefined;
    return this.#completed.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function setOf<F>(futures: Iterable<F>): Set<F> {
  if (typeof (futures as Partial<Iterable<F>> | null | undefined)?.[Symbol.iterator] !== "function") {
    throw new InvalidArgumentError("futures", futures, "an iterable of tasks or futures");
  }
  return new Set(futures);
}
