/**
 * Waiting on the event loop: a promise, limited by time, by a signal, and by the signal of the scope in which the wait
 * began.
 *
 * @module
 */
import { onAbort } from "../abort.js";
import type { Clock, Timer } from "../clock.js";
import { CancelledError, TimeoutError } from "../errors.js";
import { ambientSignal } from "./ambient.js";
import { Waiter } from "./wait-list.js";
import { cancelledBy, checkWaitOptions, type WaitOptions } from "./wait-options.js";

/** What may end a wait early. */
export class WaitLimits {
  readonly timeout: number | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #scope: AbortSignal | undefined;
  #timer: Timer | undefined;
  #leaveSignal: (() => void) | undefined;
  #leaveScope: (() => void) | undefined;

  constructor(timeout: number | undefined, signal: AbortSignal | undefined, scope: AbortSignal | undefined) {
    this.timeout = timeout === Number.POSITIVE_INFINITY ? undefined : timeout;
    this.#signal = signal;
    this.#scope = scope === signal ? undefined : scope;
  }

  /** Why the wait is cancelled, if it is. */
  get cancelled(): Error | undefined {
    if (this.#signal?.aborted) return cancelledBy(this.#signal.reason, "the wait was cancelled");
    if (!this.#scope?.aborted) return undefined;
    const reason: unknown = this.#scope.reason;
    return reason instanceof CancelledError ? reason : cancelledBy(reason, "the wait was cancelled");
  }

  /** Ends the wait of somebody in a list as soon as a limit is reached. @param what - what did not happen. */
  watch(waiter: Waiter, clock: Clock, what: string): void {
    const cancel = (): void => end(waiter, this.cancelled);
    if (this.timeout !== undefined) {
      const { timeout } = this;
      const late = (): void => end(waiter, new TimeoutError(`${what} within ${timeout} ms`));
      // somebody who waits for a time is told when it is over
      this.#timer = clock.setTimer(late, timeout, true);
    }
    if (this.#signal) this.#leaveSignal = onAbort(this.#signal, cancel);
    if (this.#scope) this.#leaveScope = onAbort(this.#scope, cancel);
    // a comparison of the user's may have aborted it since the call
    if (this.cancelled) cancel();
  }

  /** The wait is over. */
  release(): void {
    this.#timer?.cancel();
    this.#leaveSignal?.();
    this.#leaveScope?.();
  }
}

function end(waiter: Waiter, error: unknown): void {
  // who was granted what it waited for has it, whatever happens in the same moment
  if (waiter.list?.remove(waiter)) waiter.refuse(error);
}

/**
 * The limits of a wait that begins here and now; undefined where there are none.
 * @throws InvalidArgumentError for a bad option.
 */
export function limitsOf(options: WaitOptions | undefined): WaitLimits | undefined {
  const scope = ambientSignal();
  if (options === undefined) return scope && new WaitLimits(undefined, undefined, scope);
  const { timeout, signal } = checkWaitOptions(options);
  if (timeout === undefined && signal === undefined && scope === undefined) return undefined;
  return new WaitLimits(timeout, signal, scope);
}

/** Where somebody can stand: a {@link WaitList} of its kind. */
interface Line<W> {
  add(waiter: W): void;
}

/** Somebody who waits on this event loop. A subclass says what it is granted. @typeParam R - what its promise gives. */
export abstract class PromiseWaiter<R> extends Waiter {
  #resolve!: (value: R) => void;
  #reject!: (error: unknown) => void;
  #limits: WaitLimits | undefined;

  /**
   * Stands in a list until it is granted something, or refused; a limit of no time is over at once.
   * @param what - what did not happen, for the message of a `TimeoutError`.
   */
  wait(list: Line<this>, limits: WaitLimits | undefined, clock: Clock, what: string): Promise<R> {
    if (limits?.timeout === 0) return Promise.reject(new TimeoutError(`${what} at once`));
    return this.enter(list, limits, clock, what);
  }

  /** The same, where a limit of no time lets others have their turn. */
  enter(list: Line<this>, limits: WaitLimits | undefined, clock: Clock, what: string): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      list.add(this);
      if (limits === undefined) return;
      this.#limits = limits;
      limits.watch(this, clock, what);
    });
  }

  /** Nothing ends the wait early any more. */
  protected unlimit(): void {
    this.#limits?.release();
    this.#limits = undefined;
  }

  /** The wait ended well. */
  protected resolve(value: R): void {
    this.unlimit();
    this.#resolve(value);
  }

  override refuse(error: unknown): void {
    this.unlimit();
    this.#reject(error);
  }
}
