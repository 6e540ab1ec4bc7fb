/**
 * Waits for promises, which end before the promise is settled and leave nothing with it. A promise keeps for good what
 * was given to its `then`: one that outlives a million waits (`server.closed`, say) would keep all of them.
 *
 * @module
 */

/** How a wait for a promise ends. */
export interface PromiseWait {
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

const waitsOf = new WeakMap<PromiseLike<unknown>, Set<PromiseWait>>();

/**
 * Waits for a promise.
 * @returns ends the wait; from then on it is not told any more.
 */
export function waitForPromise(promise: PromiseLike<unknown>, wait: PromiseWait): () => void {
  const waits = waitsOf.get(promise) ?? listen(promise);
  waits.add(wait);
  return () => waits.delete(wait);
}

function listen(promise: PromiseLike<unknown>): Set<PromiseWait> {
  const waits = new Set<PromiseWait>();
  const forget = (): void => {
    if (waitsOf.get(promise) === waits) waitsOf.delete(promise);
  };
  // a thenable may do something else each time that it is asked
  if (promise instanceof Promise) waitsOf.set(promise, waits);
  // adopted by a native promise: what it does twice or after its end has no effect
  new Promise((adopt) => adopt(promise)).then(
    (value) => {
      forget();
      for (const wait of waits) wait.resolve(value);
    },
    (error: unknown) => {
      forget();
      for (const wait of waits) wait.reject(error);
    },
  );
  return waits;
}
