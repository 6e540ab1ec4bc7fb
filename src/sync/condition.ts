import type { Clock } from "../clock.js";
import { InvalidArgumentError, InvalidStateError } from "../errors.js";
import { checkFunction, checkInteger } from "../validate.js";
import { type Guard, Lock, type LockStats, lend } from "./lock.js";
import { clockOf, Primitive, type PrimitiveOptions } from "./primitive.js";
import { limitsOf, PromiseWaiter, type WaitLimits } from "./promise-waiter.js";
import { WaitList } from "./wait-list.js";
import type { WaitOptions } from "./wait-options.js";
import { checkWaitOptions } from "./wait-options.js";

/** A frozen look at a {@link Condition}. */
export interface ConditionStats {
  /** How many wait to be notified, and the most there have been. */
  readonly waiting: number;
  readonly peakWaiting: number;
  /** Its lock, for which those who were notified wait next. */
  readonly lock: LockStats;
}

/** What is left of a type where a value of it is truthy. */
export type Truthy<T> = Exclude<T, false | 0 | 0n | "" | null | undefined>;

/** Waits to be notified, and then for the lock. However the wait ends, the lock is its caller's again. */
class ConditionWaiter extends PromiseWaiter<void> {
  readonly #takeBack: (returned: () => void) => void;
  readonly #limits: WaitLimits | undefined;
  readonly #passOn: () => void;

  constructor(takeBack: (returned: () => void) => void, limits: WaitLimits | undefined, passOn: () => void) {
    super();
    this.#takeBack = takeBack;
    this.#limits = limits;
    this.#passOn = passOn;
  }

  /** Notified. */
  grant(): void {
    this.unlimit();
    this.#takeBack(() => {
      const cancelled = this.#limits?.cancelled;
      if (cancelled === undefined) return this.resolve();
      // it is not going to look at what it was notified of: another has to
      this.#passOn();
      super.refuse(cancelled);
    });
  }

  override refuse(error: unknown): void {
    this.unlimit();
    this.#takeBack(() => super.refuse(error));
  }
}

/**
 * A lock together with a place to wait until somebody who holds it says that something has changed.
 *
 * *Cancellation*: `wait` that ends early throws once it has the lock again, as it does when it ends well. A notification
 * that comes to one who is cancelled goes on to the next.
 *
 * *Errors*: `InvalidStateError` when `wait` or `notify` is called without the lock; `TimeoutError`, `CancelledError`.
 *
 * Follows `asyncio.Condition`, contract item P3.
 *
 * @example
 * using guard = await condition.acquire();
 * await condition.waitFor(() => stock.length > 0, { timeout: 5_000 });
 * sell(stock.pop());
 */
export class Condition extends Primitive {
  readonly #lock: Lock;
  readonly #waiters = new WaitList<ConditionWaiter>();
  readonly #clock: Clock;

  /**
   * @param lock - a lock to use, which others may use too. Default: one of its own.
   * @throws InvalidArgumentError for what is not a {@link Lock} of `ungil/asyncio`, or a bad option.
   */
  constructor(lock?: Lock, options: PrimitiveOptions = {}) {
    super();
    if (lock !== undefined && !(lock instanceof Lock)) {
      throw new InvalidArgumentError("lock", lock, "a Lock of ungil/asyncio, or left out");
    }
    this.#clock = clockOf(options);
    this.#lock = lock ?? new Lock(options);
  }

  override get [Symbol.toStringTag](): string {
    return "Condition";
  }

  /** See {@link Lock.locked}. */
  locked(): boolean {
    return this.#lock.locked();
  }

  /** See {@link Lock.acquire}. @throws TimeoutError, CancelledError. */
  acquire(options?: WaitOptions): Promise<Guard> {
    return this.#lock.acquire(options);
  }

  /** See {@link Lock.tryAcquire}. */
  tryAcquire(): Guard | undefined {
    return this.#lock.tryAcquire();
  }

  /** See {@link Lock.release}. @throws InvalidStateError when nobody holds the lock. */
  release(): void {
    this.#lock.release();
  }

  /**
   * Gives the lock away, waits to be notified, and takes the lock again. What it was notified of may be over by then:
   * look again, or use {@link waitFor}.
   * @param options - limits of the wait for the notification; the lock is waited for as long as it takes.
   * @throws InvalidStateError, from the call, when the lock is not held; TimeoutError; CancelledError.
   */
  wait(options?: WaitOptions): Promise<void> {
    const limits = limitsOf(options);
    this.#checkHeld("wait");
    const cancelled = limits?.cancelled;
    if (cancelled) return Promise.reject(cancelled);
    const waiter = new ConditionWaiter(lend(this.#lock), limits, () => this.#notify(1));
    return waiter.enter(this.#waiters, limits, this.#clock, "the condition was not notified");
  }

  /**
   * Waits until a predicate holds: it is called now, and each time that this one is notified, always with the lock.
   * @param predicate - answers at once; something truthy ends the wait.
   * @param options - limits of all waits together.
   * @returns what the predicate answered, which is truthy.
   * @throws InvalidStateError, from the call, when the lock is not held; TimeoutError; CancelledError; what the
   *   predicate throws.
   */
  waitFor<T>(predicate: () => T, options: WaitOptions = {}): Promise<Truthy<T>> {
    checkFunction("predicate", predicate);
    const limits = checkWaitOptions(options);
    this.#checkHeld("waitFor");
    return this.#waitFor(predicate, limits);
  }

  async #waitFor<T>(predicate: () => T, { timeout, signal }: WaitOptions): Promise<Truthy<T>> {
    const end = timeout === undefined ? undefined : this.#clock.now() + timeout;
    for (;;) {
      const answer = predicate();
      if (typeof (answer as Partial<PromiseLike<unknown>> | undefined)?.then === "function") {
        throw new InvalidArgumentError(
          "predicate",
          predicate,
          "a function that answers at once, not a promise",
        );
      }
      if (answer) return answer as Truthy<T>;
      const left = end === undefined ? undefined : Math.max(0, end - this.#clock.now());
      await this.wait({ timeout: left, signal });
    }
  }

  /**
   * Something has changed: so many of those who wait go on, one after the other, once the lock is theirs.
   * @param count - how many; those who have waited longest come first. Default 1.
   * @throws InvalidStateError when the lock is not held; InvalidArgumentError for a bad count.
   */
  notify(count = 1): void {
    checkInteger("count", count, 0, true);
    this.#checkHeld("notify");
    this.#notify(count);
  }

  /** The same for all who wait. @throws InvalidStateError when the lock is not held. */
  notifyAll(): void {
    this.notify(Number.POSITIVE_INFINITY);
  }

  #checkHeld(method: string): void {
    if (this.#lock.locked()) return;
    throw new InvalidStateError(
      `condition.${method}() needs the lock, which nobody holds: \`using guard = await condition.acquire()\` first`,
    );
  }

  #notify(count: number): void {
    for (let left = Math.min(count, this.#waiters.size); left > 0; left--) this.#waiters.shift()!.grant();
  }

  /** A frozen look at it. */
  stats(): ConditionStats {
    const { size, peak } = this.#waiters;
    return Object.freeze({ waiting: size, peakWaiting: peak, lock: this.#lock.stats() });
  }
}
