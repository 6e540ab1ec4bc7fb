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
  if (typeof callback !== "function" || callback.length !== 1) return false;
  // bound functions have the same source, and a name
  return sourceOf.call(callback) === nativeSource && callback.name === "";
}

/** What `then` gives where it settles another promise: hardly anybody looks at it, so it is made when somebody does. */
export class SettlingPromise implements PromiseLike<undefined> {
  readonly #settled: PromiseLike<unknown>;

  /** @param settled - what settles the other promise. */
  constructor(settled: PromiseLike<unknown>) {
    this.#settled = settled;
  }

  // oxlint-disable-next-line no-thenable
  then<A = undefined, B = never>(
    onFulfilled?: ((value: undefined) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#promise().then(onFulfilled, onRejected);
  }

  catch(): Promise<undefined> {
    return this.#promise();
  }

  finally(onFinally?: (() => void) | null): Promise<undefined> {
    return this.#promise().finally(onFinally);
  }

  #promise(): Promise<undefined> {
    const nothing = (): undefined => undefined;
    return Promise.resolve(this.#settled).then(nothing, nothing);
  }
}
