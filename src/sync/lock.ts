import type { Clock } from "../clock.js";
import { InvalidStateError } from "../errors.js";
import { LockCore, type LockWaiter } from "./lock-core.js";
import { clockOf, Primitive, type PrimitiveOptions } from "./primitive.js";
import { limitsOf, PromiseWaiter } from "./promise-waiter.js";
import { Waiter } from "./wait-list.js";
import type { WaitOptions } from "./wait-options.js";

/** A lock, or a place, that somebody holds until it is given back. */
export interface Guard extends Disposable {
  /** Gives it back. Nothing happens when that has been done. */
  release(): void;
  /** `release`, at the end of the block of `using`. */
  [Symbol.dispose](): void;
}

/** A frozen look at a {@link Lock}. */
export interface LockStats {
  readonly locked: boolean;
  /** How many wait for it, and the most there have been. */
  readonly waiting: number;
  readonly peakWaiting: number;
}

class LockGuard implements Guard {
  readonly #lock: Lock;
  /** Whether it was given back while a condition had the lock out on loan. */
  givenUp = false;

  constructor(lock: Lock) {
    this.#lock = lock;
  }

  release(): void {
    releaseFor(this.#lock, this);
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

class AcquireWaiter extends PromiseWaiter<Guard> implements LockWaiter<LockGuard> {
  readonly #lock: Lock;

  constructor(lock: Lock) {
    super();
    this.#lock = lock;
  }

  grant(): LockGuard {
    const guard = new LockGuard(this.#lock);
    this.resolve(guard);
    return guard;
  }
}

/** The lock comes back to the guard that lent it to a condition. */
class ReturnWaiter extends Waiter implements LockWaiter<LockGuard> {
  readonly #guard: LockGuard;
  readonly #returned: () => void;

  constructor(guard: LockGuard, returned: () => void) {
    super();
    this.#guard = guard;
    this.#returned = returned;
  }

  grant(): LockGuard | undefined {
    this.#returned();
    // given up: the block that held it is left, and nobody else is going to give it back
    return this.#guard.givenUp ? undefined : this.#guard;
  }

  override refuse(): void {
    // nobody does: there is no limit to this wait
  }
}

let releaseFor: (lock: Lock, guard: LockGuard) => void;

/**
 * Makes a lock that is held free for others, until its holder wants it back.
 * @returns what waits until the holder has it again: its guard is as before.
 */
export let lend: (lock: Lock) => (returned: () => void) => void;

/**
 * Lets one at a time through, in the order in which they came. For code that awaits between reading something and
 * writing it; code without `await` runs alone on its thread anyway.
 *
 * *Cancellation*: a wait that ends early (`timeout`, `signal`, the scope's signal) leaves its place to the next one.
 * Who was given the lock in the same moment has it.
 *
 * *Errors*: `TimeoutError`, `CancelledError` from `acquire`.
 *
 * *Cost*: constant, however many wait; a few hundred bytes for each who waits.
 *
 * Follows `asyncio.Lock`, contract item P1, but hands the lock over instead of letting those compete for it who come
 * in between. It is not re-entrant: who holds it and acquires it again waits for ever.
 *
 * @example
 * const lock = new Lock();
 * async function addOne() {
 *   using guard = await lock.acquire({ timeout: 1_000 });
 *   await write((await read()) + 1);
 * }
 */
export class Lock extends Primitive {
  readonly #core = new LockCore<LockGuard>();
  readonly #clock: Clock;

  constructor(options: PrimitiveOptions = {}) {
    super();
    this.#clock = clockOf(options);
  }

  override get [Symbol.toStringTag](): string {
    return "Lock";
  }

  /** Whether somebody holds it. */
  locked(): boolean {
    return this.#core.holder !== undefined;
  }

  /**
   * Waits until the lock is this caller's.
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
    return waiter.wait(this.#core.waiters, limits, this.#clock, "the lock was not acquired");
  }

  /** Takes the lock if it is free, without waiting. @returns what gives it back; undefined when somebody holds it. */
  tryAcquire(): Guard | undefined {
    if (this.#core.holder !== undefined) return undefined;
    const guard = new LockGuard(this);
    this.#core.take(guard);
    return guard;
  }

  /**
   * Gives the lock to whoever has waited longest. Who acquired it with `using` need not.
   * @throws InvalidStateError when nobody holds it.
   */
  release(): void {
    if (this.#core.holder === undefined) throw new InvalidStateError("Lock is not acquired.");
    this.#core.release();
  }

  /** A frozen look at it. */
  stats(): LockStats {
    const { size, peak } = this.#core.waiters;
    return Object.freeze({ locked: this.locked(), waiting: size, peakWaiting: peak });
  }

  static {
    releaseFor = (lock, guard) => {
      if (lock.#core.holder === guard) lock.#core.release();
      else guard.givenUp = true;
    };
    lend = (lock) => {
      const core = lock.#core;
      const guard = core.holder!;
      core.release();
      return (returned) => {
        if (!core.take(guard)) return core.waiters.add(new ReturnWaiter(guard, returned));
        returned();
        if (guard.givenUp) core.release();
      };
    };
  }
}
