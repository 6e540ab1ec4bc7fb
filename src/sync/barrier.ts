import type { Clock } from "../clock.js";
import { BrokenBarrierError } from "../errors.js";
import { checkInteger } from "../validate.js";
import { BarrierCore, type BarrierWaiter } from "./barrier-core.js";
import { clockOf, Primitive, type PrimitiveOptions } from "./primitive.js";
import { limitsOf, PromiseWaiter } from "./promise-waiter.js";
import type { WaitOptions } from "./wait-options.js";

/** A frozen look at a {@link Barrier}. */
export interface BarrierStats {
  readonly parties: number;
  /** How many wait for the others, and the most there have been. */
  readonly waiting: number;
  readonly peakWaiting: number;
  readonly broken: boolean;
}

class ArrivalWaiter extends PromiseWaiter<number> implements BarrierWaiter {
  grant(index: number): void {
    this.resolve(index);
  }
}

/**
 * Where so many wait for one another: when the last has come, all go on, and the barrier is there for the next round.
 *
 * *Cancellation*: who stops waiting (`timeout`, `signal`, the scope's signal) is not counted any more; the others go on
 * waiting. To tell them that it is no use, call `abort`.
 *
 * *Errors*: `BrokenBarrierError`, `TimeoutError`, `CancelledError` from `wait`.
 *
 * Follows `asyncio.Barrier`, contract item P5. Python's barrier holds newcomers up while those of a round are on their
 * way out; here all of a round leave at once.
 *
 * @example
 * const barrier = new Barrier(3);
 * const position = await barrier.wait();
 * if (position === 0) console.log("all three are here");
 */
export class Barrier extends Primitive {
  readonly #core: BarrierCore;
  readonly #clock: Clock;

  /**
   * @param parties - how many wait for one another, at least 1.
   * @throws InvalidArgumentError for another number, or a bad option.
   */
  constructor(parties: number, options: PrimitiveOptions = {}) {
    super();
    this.#core = new BarrierCore(checkInteger("parties", parties, 1));
    this.#clock = clockOf(options);
  }

  override get [Symbol.toStringTag](): string {
    return "Barrier";
  }

  /** How many wait for one another. */
  get parties(): number {
    return this.#core.parties;
  }

  /** How many wait now. */
  get nWaiting(): number {
    return this.#core.waiters.size;
  }

  /** Whether it was aborted. */
  get broken(): boolean {
    return this.#core.broken;
  }

  /**
   * Waits for the others.
   * @param options - limits of the wait; `timeout` in ms.
   * @returns a number from 0 on, another one for each of a round, in the order in which they came.
   * @throws BrokenBarrierError when the barrier is broken, or is reset or aborted meanwhile; TimeoutError;
   *   CancelledError.
   */
  wait(options?: WaitOptions): Promise<number> {
    const limits = limitsOf(options);
    const cancelled = limits?.cancelled;
    if (cancelled) return Promise.reject(cancelled);
    if (this.#core.broken) {
      return Promise.reject(new BrokenBarrierError("the barrier is broken: call reset() to use it again"));
    }
    const index = this.#core.arrive();
    if (index !== undefined) return Promise.resolve(index);
    const waiter = new ArrivalWaiter();
    return waiter.wait(this.#core.waiters, limits, this.#clock, "the others did not come");
  }

  /** Starts anew, also after `abort`: those who wait get a `BrokenBarrierError`. */
  reset(): void {
    this.#core.breakUp("the barrier was reset while others were waited for", false);
  }

  /** Breaks it: those who wait, and all who come before a `reset`, get a `BrokenBarrierError`. */
  abort(): void {
    this.#core.breakUp("the barrier was aborted", true);
  }

  /** A frozen look at it. */
  stats(): BarrierStats {
    const { parties, broken, waiters } = this.#core;
    return Object.freeze({ parties, waiting: waiters.size, peakWaiting: waiters.peak, broken });
  }
}
