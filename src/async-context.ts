/**
 * The async context of a call, kept to run something in it later: what an `AsyncLocalStorage` answers there.
 * What goes on after a promise has the right context by itself; this is for functions that are called back.
 *
 * @module
 */
import { AsyncResource } from "node:async_hooks";

/** The context of the call that made it. */
export type AsyncContext = AsyncResource;

/** The context of this call. `AsyncResource.bind` would cost two hundred times as much. */
export function captureContext(): AsyncContext {
  return new AsyncResource("ungil");
}

/** The context in which the package was loaded, for what outlives the call that starts it. */
export const outermostContext: AsyncContext = captureContext();

/** A function that runs in the context of this call, whoever calls it. */
export function inThisContext<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R {
  const context = captureContext();
  return (...args) => context.runInAsyncScope(fn, undefined, ...args);
}
