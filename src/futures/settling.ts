/**
 * Futures that settle promises of others, as `await` and `Promise.all` make them.
 *
 * @module
 */

const sourceOf = Function.prototype.toString;
const nativeSource = "function () { [native code] }";

/**
 * Whether a function is one of those that settle a native promise. They run nothing of the user's, so that they
 * need not wait for a microtask, and half of the promises that `await` would make are saved.
 */
export function settlesPromise(callback: unknown): boolean {
  if (typeof callback !== "function") return false;
  // bound functions have the same source, and a name
  return sourceOf.call(callback) === nativeSource && callback.name === "";
}

/** What `then` gives for a wait that is over. */
export const nothingMore: Promise<void> = Promise.resolve();

/** What a function makes of a failure, as a promise would call it. */
function handledBy(failure: unknown, handle: (error: unknown) => unknown): Promise<unknown> {
  return Promise.reject(failure).catch(handle);
}

/**
 * A wait of `await`, or of another that gives `then` the functions that settle a promise. It is what `then` gives, too:
 * hardly anybody looks at that, so its promise is made when somebody does.
 */
export class SettlingPromise implements PromiseLike<unknown> {
  readonly #source: PromiseLike<unknown>;
  readonly #fulfill: (value: unknown) => void;
  readonly #reject: (error: unknown) => unknown;
  /** What the second function has made of a failure, where that is the user's. */
  #handled: Promise<unknown> | undefined = undefined;

  /**
   * @param source - what it waits for.
   * @param fulfill - settles a promise, as `settlesPromise` tells.
   * @param reject - looked at only when there is a failure: to tell what it does takes longer than to call it.
   */
  constructor(
    source: PromiseLike<unknown>,
    fulfill: (value: unknown) => void,
    reject: (error: unknown) => unknown,
  ) {
    this.#source = source;
    this.#fulfill = fulfill;
    this.#reject = reject;
  }

  /** The source has a value. */
  resolve(value: unknown): void {
    this.#fulfill(value);
  }

  /** The source has failed. */
  reject(error: unknown): void {
    if (settlesPromise(this.#reject)) this.#reject(error);
    else this.#handled = handledBy(error, this.#reject);
  }

  // oxlint-disable-next-line no-thenable
  then<A = unknown, B = never>(
    onFulfilled?: ((value: unknown) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#promise().then(onFulfilled, onRejected);
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<unknown> {
    return this.#promise().catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<unknown> {
    return this.#promise().finally(onFinally);
  }

  #promise(): Promise<unknown> {
    // this wait began before, so that it is over by then
    const outcome = (): unknown => this.#handled;
    return Promise.resolve(this.#source).then(outcome, outcome);
  }
}
