/**
 * The async context of a call, kept to run something in it later: what an `AsyncLocalStorage` answers there.
 * What goes on after a promise has the right context by itself; this is for functions that are called back.
 *
 * @module
 */
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";

/** The context of the call that made it. */
export type AsyncContext = AsyncResource;

/** The context of this call. `AsyncResource.bind` would cost two hundred times as much. */
export function captureContext(): AsyncContext {
  return new AsyncResource("ungil");
}

/** The context in which the package was loaded, for what outlives the call that starts it. */
export const outermostContext: AsyncContext = captureContext();

/** Whether a context is as before after a call in it has entered stores: from Node 24 on, which keeps them in frames. */
const contextsAreRestored = areRestored();

function areRestored(): boolean {
  const storage = new AsyncLocalStorage<boolean>();
  const context = captureContext();
  context.runInAsyncScope(() => storage.enterWith(true));
  const restored = context.runInAsyncScope(() => storage.getStore()) === undefined;
  // one that is enabled costs each promise something
  storage.disable();
  return restored;
}

/** The context in which it was made, for many calls: stores that one of them enters are gone with it. */
export class SeparateCalls {
  readonly #context = captureContext();

  /** The context for the next call; to be used at once, where nothing else has entered stores. */
  get next(): AsyncContext {
    return contextsAreRestored ? this.#context : captureContext();
  }
}

/** Runs a function in a captured context, which stays as it is, whatever stores the function enters. */
export function runSeparately<A extends unknown[], R>(
  context: AsyncContext,
  fn: (...args: A) => R,
  ...args: A
): R {
  if (contextsAreRestored) return context.runInAsyncScope(fn, undefined, ...args);
  return context.runInAsyncScope(() => captureContext().runInAsyncScope(fn, undefined, ...args));
}

/** A function that runs in the context of this call, whoever calls it. */
export function inThisContext<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R {
  const context = captureContext();
  return (...args) => context.runInAsyncScope(fn, undefined, ...args);
}
