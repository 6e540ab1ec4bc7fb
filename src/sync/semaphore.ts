import type { Clock } from "../clock.js";
import { InvalidStateError } from "../errors.js";
import { checkInteger } from "../validate.js";
import type { Guard } from "./lock.js";
import { clockOf, Primitive, type PrimitiveOptions } from "./primitive.js";
import { limitsOf, PromiseWaiter } from "./promise-waiter.js";
import { type PlaceWaiter, SemaphoreCore } from "./semaphore-core.js";
import type { WaitOptions } from "./wait-options.js";

/** A frozen look at a {@link Semaphore}. */
export interface SemaphoreStats {
  /** Places that are free. */
  readonly value: number;
  /** How many wait for one, and the most there have been. */
  readonly waiting: number;
  readonly peakWaiting: number;
}

class PlaceGuard implements Guard {
  #semaphore: Semaphore | undefined;

  constructor(semaphore: Semaphore) {
    this.#semaphore = semaphore;
  }

  release(): void {
    const semaphore = this.#semaphore;
    this.#semaphore = undefined;
    semaphore?.release();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

class AcquireWaiter extends PromiseWaiter<Guard> implements PlaceWaiter {
  readonly #semaphore: Semaphore;

  constructor(semaphore: Semaphore) {
    super();
    this.#semaphore = semaphore;
  }

  grant(): void {
    this.resolve(new PlaceGuard(this.#semaphore));
  }
}

/** From now on there are never more places than this. */
let limitTo: (semaphore: Semaphore, places: number) => void;

/**
 * Lets so many at a time through, in the order in which they came.
 *
 * *Cancellation*: a wait that ends early (`timeout`, `signal`, the scope's signal) leaves its turn to the next one, and
 * takes no place with it. Who was given a place in the same moment has it.
 *
 * *Errors*: `TimeoutError`, `CancelledError` from `acquire`.
 *
 * *Cost*: constant, however many wait; a few hundred bytes for each who waits.
 *
 * Follows `asyncio.Semaphore`, contract item P4. Each place is given back in one way: by its guard (`using`), or by
 * `release()`.
 *
 * @example
 * const connections = new Semaphore(10);
 * async function query(text: string) {
 *   using place = await connections.acquire();
 *   return await send(text);
 * }
 */
export class Semaphore extends Primitive {
  readonly #core: SemaphoreCore;
  readonly #clock: Clock;

  /**
   * @param value - places, a whole number of at least 0. Default 1.
   * @throws InvalidArgumentError for another value, or a bad option.
   */
  constructor(value = 1, options: PrimitiveOptions = {}) {
    super();
    this.#core = new SemaphoreCore(checkInteger("value", value, 0));
    this.#clock = clockOf(options);
  }

  override get [Symbol.toStringTag](): string {
    return "Semaphore";
  }

  /** Whether who comes now has to wait. */
  locked(): boolean {
    return this.#core.free === 0;
  }

  /**
   * Waits for a place.
   * @param options - limits of the wait; `timeout` in ms, 0 for no wait at all.
   * @returns what gives it back, for `using`.
   * @throws TimeoutError, CancelledError.
   */
  acquire(options?: WaitOptions): Promise<Guard> {
    const limits = limitsOf(options);
    const cancelled = limits?.cancelled;
    if (cancelled) return Promise.reject(cancelled);
    const taken = this.tryAcquire();
    if (taken) return Promise.resolve(taken);
    const waiter = new AcquireWaiter(this);
    return waiter.wait(this.#core.waiters, limits, this.#clock, "no place of the semaphore was free");
  }

  /** Takes a place if one is free, without waiting. @returns what gives it back; undefined when none is free. */
  tryAcquire(): Guard | undefined {
    return this.#core.take() ? new PlaceGuard(this) : undefined;
  }

  /**
   * Gives a place back, or makes one more: there may be more than there were at first.
   * @param count - how many. Default 1.
   * @throws InvalidArgumentError unless it is a whole number of at least 1; InvalidStateError where a
   *   `BoundedSemaphore` would have more places than at first: none is given back then.
   */
  release(count = 1): void {
    checkInteger("count", count, 1);
    const { free, bound } = this.#core;
    if (free + count > bound) {
      throw new InvalidStateError(
        `BoundedSemaphore released too many times: ${count} to give back, and ${free} of its ${bound} free already`,
      );
    }
    for (let i = 0; i < count; i++) this.#core.give();
  }

  /** A frozen look at it. */
  stats(): SemaphoreStats {
    const { free, waiters } = this.#core;
    return Object.freeze({ value: free, waiting: waiters.size, peakWaiting: waiters.peak });
  }

  static {
    limitTo = (semaphore, places) => {
      semaphore.#core.bound = places;
    };
  }
}

/**
 * A {@link Semaphore} that never has more places than at first: one that is given back too often is a mistake that
 * shows.
 */
export class BoundedSemaphore extends Semaphore {
  /**
   * @param value - places, a whole number of at least 0. Default 1.
   * @throws InvalidArgumentError for another value, or a bad option.
   */
  constructor(value = 1, options: PrimitiveOptions = {}) {
    super(value, options);
    limitTo(this, value);
  }

  override get [Symbol.toStringTag](): string {
    return "BoundedSemaphore";
  }
}
