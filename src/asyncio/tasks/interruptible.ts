/**
 * Waits that end with the scope they are in, and with a signal.
 *
 * @module
 */
import { onAbort } from "../../abort.js";
import type { CancelledError } from "../../errors.js";
import { cancelledBy, type Future, observe, outcomeOf, whenDone } from "../../futures/future.js";
import { checkSignal } from "../../validate.js";
import { cameBy, passOn, wasTold } from "./cancel-chain.js";
import { currentScope, type Scope, type Wait } from "./scope.js";

/** How a wait ends; the first end counts. */
export interface Ending<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** What a wait is made with. */
export interface InterruptibleOptions {
  /** What is waited for, for people. */
  readonly what: () => string;
  /** Ends the wait with a `CancelledError`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits in the current scope.
 * @param begin - starts what is waited for; answers with how it is stopped when the wait is interrupted.
 * @returns a promise that rejects with a `CancelledError` when the scope is cancelled or the signal aborts.
 */
export function interruptible<T>(
  { what, signal }: InterruptibleOptions,
  begin: (ending: Ending<T>) => () => void,
): Promise<T> {
  if (signal !== undefined) checkSignal("signal", signal);
  const scope = currentScope();
  const armed = scope?.takeArmed();
  if (armed) return handled(Promise.reject(armed));
  if (signal?.aborted) return handled(Promise.reject(calledOff(signal)));
  const { promise, resolve, reject } = promiseWithResolvers<T>();
  let over = false;
  let stop: (() => void) | undefined;
  let forget: (() => void) | undefined;
  const end = (): boolean => {
    if (over) return false;
    over = true;
    scope?.removeWait(wait);
    forget?.();
    return true;
  };
  const wait: Wait = {
    what,
    interrupt(error) {
      if (!end()) return;
      void handled(promise);
      reject(error);
      stop?.();
    },
  };
  scope?.addWait(wait);
  if (signal) forget = onAbort(signal, () => wait.interrupt(calledOff(signal)));
  try {
    stop = begin({
      resolve: (value) => {
        if (end()) resolve(value);
      },
      reject: (error) => {
        if (end()) reject(error);
      },
    });
  } catch (error) {
    // a clock of the user's
    if (end()) reject(error);
  }
  return promise;
}

/** As `Promise.withResolvers`, which Node 20 does not have. */
function promiseWithResolvers<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T | PromiseLike<T>) => void;
  readonly reject: (error: unknown) => void;
} {
  let resolve!: (value: T | PromiseLike<T>) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** A cancelled wait that nobody awaits any more, or not yet, is nothing to end the process for. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

const calledOff = (signal: AbortSignal) => cancelledBy(signal.reason, "the wait was cancelled");

/**
 * Waits in the current scope for something that itself takes a signal; when the scope is cancelled, the wait fails with
 * the scope's own error.
 * @param begin - starts the wait, at once: what it throws is thrown from the call.
 */
export function interruptibleBySignal<T>(
  { what, signal }: InterruptibleOptions,
  begin: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  if (signal !== undefined) checkSignal("signal", signal);
  const scope = currentScope();
  if (!scope) return begin(signal);
  const controller = new AbortController();
  if (signal?.aborted) controller.abort(signal.reason);
  const forget = signal && onAbort(signal, () => controller.abort(signal.reason));
  let begun: Promise<T>;
  try {
    begun = begin(controller.signal);
  } catch (error) {
    forget?.();
    throw error;
  }
  const { promise, resolve, reject } = promiseWithResolvers<T>();
  const end = (): void => {
    scope.removeWait(wait);
    forget?.();
  };
  const wait: Wait = {
    what,
    interrupt(error) {
      void handled(promise);
      reject(error);
      controller.abort(error);
    },
  };
  begun.then(
    (value) => {
      end();
      resolve(value);
    },
    (error: unknown) => {
      end();
      reject(error);
    },
  );
  const armed = scope.takeArmed();
  if (armed) wait.interrupt(armed);
  else scope.addWait(wait);
  return promise;
}

/**
 * Waits in the current scope for a future, which is told when the scope is cancelled: the wait is over when the future
 * is, so that what it stands for has ended too.
 */
export function outcomeInScope<T>(future: Future<T>): Promise<T> {
  const scope = currentScope();
  const { promise, resolve, reject } = promiseWithResolvers<T>();
  if (scope) passCancellation(scope, future, reject);
  whenDone(future, () => {
    observe(future);
    const outcome = outcomeOf(future)!;
    if (outcome.failed) reject(outcome.error);
    else resolve(outcome.value);
  });
  return promise;
}

/**
 * Has a cancellation of the scope passed on to a future, until that is done.
 * @param fail - ends the wait: where the two wait for each other, so that neither ever would, and where the future is
 *   done, so that a cancellation that comes by its end reaches who waits before its outcome does.
 */
export function passCancellation(
  scope: Scope,
  future: Future<unknown>,
  fail?: (error: CancelledError) => void,
): void {
  const pass = (error: CancelledError): void =>
    passOn(() => {
      if (!wasTold(future)) return future.abort(error.cause);
      if (!fail || !cameBy(future)) return;
      scope.removeWait(wait);
      fail(error);
    });
  const wait: Wait = {
    what: () => future.toString(),
    interrupt: (error) => {
      // its end is what cancels the scope: of a group, say, which hears of it before those who wait
      if (future.done()) return fail?.(error);
      // it goes on until the future has ended, and passes on what comes until then
      scope.keepWait(wait);
      pass(error);
    },
  };
  const armed = scope.takeArmed();
  if (armed) pass(armed);
  if (future.done()) return;
  scope.addWait(wait);
  whenDone(future, () => scope.removeWait(wait));
}
