import { InvalidStateError, TimeoutError } from "../errors.js";
import { type Future, observe, outcomeOf, type WaitOptions } from "../futures/future.js";

/**
 * A result that a {@link Pool} is going to have: Python's `multiprocessing.pool.AsyncResult`. Pools make them.
 * Await it, or ask it. The work behind it goes on, whoever waits and for how long.
 *
 * A failure that nobody looks at, by `get`, `wait`, `successful`, `await` or an `errorCallback`, is reported once,
 * as that of a future is.
 *
 * @example
 * const result = pool.applyAsync(render, [page]);
 * if (await result.wait({ timeout: 1_000 })) console.log(result.successful());
 * const image = await result.get({ timeout: 10_000 });
 */
export class AsyncResult<T> implements PromiseLike<T> {
  readonly #future: Future<T>;

  /** @param future - what it tells of. */
  constructor(future: Future<T>) {
    this.#future = future;
  }

  /**
   * The value, once it is there.
   * @param options - limit of this wait, in ms, and a signal that ends it.
   * @throws What the function threw; TimeoutError when it is not ready in time; CancelledError when the pool was
   *   terminated before, or the signal aborts.
   */
  async get(options: WaitOptions = {}): Promise<T> {
    return await this.#future.result(options);
  }

  /**
   * Waits until it is ready, well or not, or the time is up.
   * @returns whether it is ready; Python's `wait` answers nothing.
   * @throws CancelledError when the signal aborts.
   */
  async wait(options: WaitOptions = {}): Promise<boolean> {
    try {
      await this.#future.result(options);
    } catch (error) {
      // the failure is the work's own once that is done, and that of the wait before
      if (!this.#future.done()) {
        if (error instanceof TimeoutError) return false;
        throw error;
      }
    }
    return true;
  }

  /** Whether the work is done, well or not. */
  ready(): boolean {
    return this.#future.done();
  }

  /**
   * Whether the work was done without an error.
   * @throws InvalidStateError while it is not ready, where Python raises a `ValueError`.
   */
  successful(): boolean {
    const outcome = outcomeOf(this.#future);
    if (!outcome) {
      throw new InvalidStateError(`${this.toString()} is not ready: await its wait() or get() first`);
    }
    observe(this.#future);
    return !outcome.failed;
  }

  // oxlint-disable-next-line no-thenable
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#future.then(onFulfilled, onRejected);
  }

  /** `<AsyncResult fib state=finished returned number>` */
  toString(): string {
    return this.#future.toString().replace("<Future", "<AsyncResult");
  }

  get [Symbol.toStringTag](): string {
    return "AsyncResult";
  }
}
