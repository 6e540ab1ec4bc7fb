import type { Clock } from "../clock.js";
import { clockOf, Primitive, type PrimitiveOptions } from "./primitive.js";
import { limitsOf, PromiseWaiter } from "./promise-waiter.js";
import { WaitList } from "./wait-list.js";
import type { WaitOptions } from "./wait-options.js";

/** A frozen look at an {@link Event}. */
export interface EventStats {
  readonly isSet: boolean;
  /** How many wait for it, and the most there have been. */
  readonly waiting: number;
  readonly peakWaiting: number;
}

/** Somebody who is told that something has happened, without more. */
export class SignalWaiter extends PromiseWaiter<void> {
  grant(): void {
    this.resolve();
  }
}

const nothing = Promise.resolve();

/**
 * Something that happens once, or until it is cleared: those who wait go on as soon as it is set.
 *
 * *Cancellation*: a wait that ends early changes nothing for the others.
 *
 * *Errors*: `TimeoutError`, `CancelledError` from `wait`.
 *
 * Follows `asyncio.Event`, contract item P2. It has nothing to do with the events of `EventTarget`.
 *
 * @example
 * const ready = new Event();
 * server.listen(0, () => ready.set());
 * await ready.wait({ timeout: 5_000 });
 */
export class Event extends Primitive {
  readonly #waiters = new WaitList<SignalWaiter>();
  readonly #clock: Clock;
  #isSet = false;

  constructor(options: PrimitiveOptions = {}) {
    super();
    this.#clock = clockOf(options);
  }

  override get [Symbol.toStringTag](): string {
    return "Event";
  }

  /** Whether it has happened. */
  isSet(): boolean {
    return this.#isSet;
  }

  /** It has happened: all who wait go on, even if it is cleared before they do. */
  set(): void {
    this.#isSet = true;
    for (let waiter = this.#waiters.shift(); waiter; waiter = this.#waiters.shift()) waiter.grant();
  }

  /** As if it had not happened: who comes now waits. */
  clear(): void {
    this.#isSet = false;
  }

  /**
   * Waits until it has happened.
   * @param options - limits of the wait; `timeout` in ms.
   * @throws TimeoutError, CancelledError.
   */
  wait(options?: WaitOptions): Promise<void> {
    const limits = limitsOf(options);
    const cancelled = limits?.cancelled;
    if (cancelled) return Promise.reject(cancelled);
    if (this.#isSet) return nothing;
    return new SignalWaiter().wait(this.#waiters, limits, this.#clock, "the event was not set");
  }

  /** A frozen look at it. */
  stats(): EventStats {
    const { size, peak } = this.#waiters;
    return Object.freeze({ isSet: this.#isSet, waiting: size, peakWaiting: peak });
  }
}
