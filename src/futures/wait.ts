import { onAbort } from "../abort.js";
import { type Clock, systemClock } from "../clock.js";
import { InvalidArgumentError } from "../errors.js";
import { checkLimits } from "../sync/wait-options.js";
import { checkClock, checkOneOf } from "../validate.js";
import {
  cancelledBy,
  Future,
  observe,
  outcomeOf,
  removeCallback,
  type WaitOptions,
  whenDone,
} from "./future.js";
import { checkWaitForOptionNames } from "./option-names.js";

const conditions = ["ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION"] as const;

/** When a {@link wait} is over. */
export type ReturnWhen = (typeof conditions)[number];

/** Options of {@link wait}. */
export interface WaitForOptions extends WaitOptions {
  /**
   * `"ALL_COMPLETED"` (default): when all are done. `"FIRST_COMPLETED"`: when any is done, cancelled included.
   * `"FIRST_EXCEPTION"`: when any failed, which a cancelled one did not; else when all are done.
   */
  readonly returnWhen?: ReturnWhen | undefined;
  /** Source of time; for tests. */
  readonly clock?: Clock | undefined;
}

/** What {@link wait} found. */
export interface WaitResult<F> {
  /** Those that are finished or cancelled. */
  readonly done: Set<F>;
  /** The others. They go on. */
  readonly notDone: Set<F>;
}

/**
 * Waits for several futures, of one executor or of several, and answers with those that are done and those
 * that are not. Neither failures of futures nor the timeout throw: look at the two sets.
 *
 * *Cancellation*: `signal` ends the wait; the futures go on.
 *
 * *Errors*: `CancelledError` when `signal` aborts, with its reason as `cause`. `InvalidArgumentError`, thrown
 * from the call, for something that is not a future or a bad option.
 *
 * @param futures - any iterable of futures; a future named twice counts once.
 * @param options - when to return; limit of the wait in ms.
 * @example
 * const { done, notDone } = await wait(futures, { returnWhen: "FIRST_EXCEPTION", timeout: 1_000 });
 * for (const future of notDone) future.abort();
 */
export function wait<F extends Future<unknown>>(
  futures: Iterable<F>,
  options: WaitForOptions = {},
): Promise<WaitResult<F>> {
  checkWaitForOptionNames(options);
  const { returnWhen = "ALL_COMPLETED", clock = systemClock } = options;
  checkClock(clock);
  checkOneOf("returnWhen", returnWhen, conditions);
  const { timeout, signal } = checkLimits(options);
  const all = checkFutures(futures);
  const pending = new Set<F>();
  let met = false;
  for (const future of all) {
    if (!future.done()) pending.add(future);
    else if (meets(future, returnWhen)) met = true;
  }
  const answer = (): WaitResult<F> => {
    const done = new Set<F>();
    const notDone = new Set<F>();
    for (const future of all) {
      if (!future.done()) notDone.add(future);
      else {
        observe(future);
        done.add(future);
      }
    }
    return { done, notDone };
  };
  if (met || pending.size === 0) return Promise.resolve(answer());
  if (signal?.aborted) return Promise.reject(cancelledBy(signal.reason, "the wait was cancelled"));
  if (timeout === 0) return Promise.resolve(answer());

  return new Promise((resolve, reject) => {
    const stop = (): void => {
      timer?.cancel();
      forgetSignal?.();
      for (const future of pending) removeCallback<unknown>(future, onDone);
      pending.clear();
    };
    const finish = (): void => {
      stop();
      resolve(answer());
    };
    const onDone = (future: Future<unknown>): void => {
      // a wait that is over may still be called by a future that was settling at that moment
      if (!pending.delete(future as F)) return;
      observe(future);
      if (pending.size === 0 || meets(future, returnWhen)) finish();
    };
    const forgetSignal =
      signal &&
      onAbort(signal, () => {
        stop();
        reject(cancelledBy(signal.reason, "the wait was cancelled"));
      });
    const timer = timeout === undefined ? undefined : clock.setTimer(finish, timeout, true);
    for (const future of pending) whenDone<unknown>(future, onDone);
  });
}

/** Whether this one, which is done, ends the wait. */
function meets(future: Future<unknown>, returnWhen: ReturnWhen): boolean {
  if (returnWhen === "ALL_COMPLETED") return false;
  if (returnWhen === "FIRST_COMPLETED") return true;
  const outcome = outcomeOf(future);
  return outcome?.failed === true && !outcome.cancelled;
}

/** The different futures of an iterable. */
export function checkFutures<F extends Future<unknown>>(futures: Iterable<F>): Set<F> {
  if (typeof (futures as Partial<Iterable<F>> | null | undefined)?.[Symbol.iterator] !== "function") {
    throw new InvalidArgumentError("futures", futures, "an iterable of futures");
  }
  const all = new Set<F>();
  for (const future of futures) {
    if (!(future instanceof Future)) {
      throw new InvalidArgumentError(`futures[${all.size}]`, future, "a Future, as executors make them");
    }
    all.add(future);
  }
  return all;
}
