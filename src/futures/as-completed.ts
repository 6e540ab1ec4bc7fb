import { type Clock, systemClock, type Timer } from "../clock.js";
import { TimeoutError } from "../errors.js";
import { checkLimits } from "../sync/wait-options.js";
import { checkClock } from "../validate.js";
import { cancelledBy, type Future, observe, removeCallback, type WaitOptions, whenDone } from "./future.js";
import { checkAsCompletedOptionNames } from "./option-names.js";
import { type End, Outlet } from "./outlet.js";
import { checkFutures } from "./wait.js";

/** Options of {@link asCompleted}. */
export interface AsCompletedOptions extends WaitOptions {
  /** Source of time; for tests. */
  readonly clock?: Clock | undefined;
}

/**
 * What {@link asCompleted} answers with: an async iterator over futures, not over their values. (It is declared
 * by itself because the compiler takes for granted that `for await` awaits what an `AsyncIterable` yields;
 * it does not, and so the loop's variable would have the type of the future's value.)
 */
export interface CompletedFutures<F extends Future<unknown>> {
  next(): Promise<IteratorResult<F, undefined>>;
  /** Detaches from the futures that are left; they go on. */
  return(): Promise<IteratorResult<F, undefined>>;
  [Symbol.asyncIterator](): this;
}

/**
 * Yields futures as they get done: first those that are, then each when it is. What it yields is done, so
 * `await future` gives its value or throws its error at once; failed and cancelled futures are yielded like
 * all others.
 *
 * *Cancellation*: `signal` ends the iteration; leaving the loop detaches from the rest; the futures go on.
 *
 * *Errors*: `TimeoutError` from `next` when `timeout` ms after the call some futures are not done (those that
 * are come first); `CancelledError` when `signal` aborts, with its reason as `cause`. `InvalidArgumentError`,
 * thrown from the call, for something that is not a future or a bad option.
 *
 * *Cost*: one callback a future. A future that was yielded is no longer referenced.
 *
 * @param futures - any iterable of futures, of one executor or of several; one named twice is yielded once.
 * @param options - limit from the call to the last future, in ms.
 * @example
 * for await (const future of asCompleted(futures)) console.log(await future);
 */
export function asCompleted<F extends Future<unknown>>(
  futures: Iterable<F>,
  options: AsCompletedOptions = {},
): CompletedFutures<F> {
  checkAsCompletedOptionNames(options);
  const { timeout, signal } = checkLimits(options);
  const { clock = systemClock } = options;
  checkClock(clock);
  return new Completions(checkFutures(futures), timeout, signal, clock);
}

/** Watches futures from the first `next` to the last one's end, or until the consumer leaves. */
class Completions<F extends Future<unknown>> implements CompletedFutures<F> {
  readonly #pending: Set<F>;
  readonly #total: number;
  readonly #deadline: number;
  readonly #signal: AbortSignal | undefined;
  readonly #clock: Clock;
  readonly #outlet = new Outlet<F>();
  #timer: Timer | undefined;
  #attached = false;

  constructor(futures: Set<F>, timeout: number | undefined, signal: AbortSignal | undefined, clock: Clock) {
    this.#pending = futures;
    this.#total = futures.size;
    this.#deadline = timeout === undefined ? Number.POSITIVE_INFINITY : clock.now() + timeout;
    this.#signal = signal;
    this.#clock = clock;
  }

  next(): Promise<IteratorResult<F, undefined>> {
    if (!this.#attached) this.#attach();
    return this.#outlet.next();
  }

  return(): Promise<IteratorResult<F, undefined>> {
    this.#attached = true;
    this.#close({ failed: false });
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #attach(): void {
    this.#attached = true;
    if (this.#signal?.aborted) return this.#onAbort();
    // those that are done call back at once
    for (const future of this.#pending) whenDone<unknown>(future, this.#onDone);
    if (this.#outlet.ended) return;
    if (this.#pending.size === 0) return this.#outlet.end({ failed: false });
    this.#signal?.addEventListener("abort", this.#onAbort, { once: true });
    const left = this.#deadline - this.#clock.now();
    if (left <= 0) this.#expire();
    else if (left < Number.POSITIVE_INFINITY) {
      this.#timer = this.#clock.setTimer(() => this.#expire(), left, true);
    }
  }

  readonly #onDone = (future: Future<unknown>): void => {
    if (!this.#pending.delete(future as F)) return;
    observe(future);
    this.#outlet.push(future as F);
    if (this.#pending.size === 0) {
      this.#detach();
      this.#outlet.end({ failed: false });
    }
  };

  readonly #onAbort = (): void => {
    this.#close({ failed: true, error: cancelledBy(this.#signal?.reason, "the wait was cancelled") });
  };

  #expire(): void {
    const error = new TimeoutError(`${this.#pending.size} (of ${this.#total}) futures unfinished`);
    this.#detach();
    this.#outlet.end({ failed: true, error });
  }

  #close(end: End): void {
    this.#detach();
    this.#outlet.close(end);
  }

  #detach(): void {
    this.#timer?.cancel();
    this.#signal?.removeEventListener("abort", this.#onAbort);
    for (const future of this.#pending) removeCallback<unknown>(future, this.#onDone);
    this.#pending.clear();
  }
}
