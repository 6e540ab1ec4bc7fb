import { InvalidStateError } from "../../errors.js";
import { checkInteger } from "../../validate.js";
import { isAborted, waitFor } from "./async-waits.js";
import { blockFor } from "./blocking.js";
import { type Guard, GuardIssuer, HeldGuard } from "./guard.js";
import { granted, stateWord } from "./layout.js";
import {
  type AcquireOptions,
  type AcquireSyncOptions,
  checkLimits,
  checkSyncLimit,
  tooLate,
} from "./limits.js";
import { checkPermits, mostPermits, PermitQueue } from "./permit-queue.js";
import { Primitive, partsOf, registerPrimitive } from "./primitive.js";
import { memoryFor, type QueueOptions } from "./queue-options.js";

/** What `stats()` of a semaphore answers: a snapshot. */
export interface SemaphoreStats {
  /** Permits that can be acquired now. */
  readonly permits: number;
  /** How many wait for one. */
  readonly waiting: number;
  /** How often somebody had to wait for one so far. */
  readonly contended: number;
}

/**
 * A number of permits that threads take and give: Python's `threading.Semaphore`. Who gives one need not be who took
 * it, so it also counts things that some threads make and others use; there may be more than at the start.
 *
 * _Fairness._ First come, first served, as with `Lock`.
 *
 * _Death._ Nobody owns a permit, so a dead thread's permits don't come back: where they should, use a
 * `BoundedSemaphore`. A permit on its way to a thread that dies goes to another.
 *
 * _Memory ordering._ What was written before `release` is seen by who acquires that permit.
 *
 * @example
 * const items = new Semaphore(0);
 * // producer: put(item); items.release();
 * // consumer: await items.acquire(); take();
 */
export class Semaphore extends Primitive {
  readonly #queue: PermitQueue;
  readonly #issuer: GuardIssuer;

  /**
   * @param permits - how many there are at the start.
   * @throws InvalidArgumentError for a negative number, or a bad option.
   */
  constructor(permits = 1, options?: QueueOptions) {
    checkPermits("permits", permits, 0);
    super("Semaphore", memoryFor(options), undefined);
    const { memory, environment, isNew } = partsOf(this);
    const queue = new PermitQueue(new Int32Array(memory), environment);
    if (isNew) environment.atomics.store(queue.words, stateWord, permits);
    this.#queue = queue;
    partsOf(this).tidy = () => queue.tidy();
    this.#issuer = new GuardIssuer("Semaphore", queue, () => queue.release(1));
  }

  /**
   * Waits for a permit without blocking the event loop. While it waits, it keeps the process alive. Who does not mean
   * to give the permit back leaves the guard alone.
   * @throws TimeoutError when the time is up, CancelledError when the signal aborts; InvalidArgumentError.
   */
  async acquire(options?: AcquireOptions): Promise<Guard> {
    const limits = checkLimits(options);
    if (!isAborted(limits) && this.#queue.takeFree(1)) return this.#issue(granted);
    const outcome = await waitFor(this.#queue.turn(false), limits, () => this.#queue.release(1));
    if (outcome === 0) throw tooLate("Semaphore", limits.timeout);
    return this.#issue(outcome);
  }

  /**
   * Blocks the thread, with its event loop, until it has a permit.
   * @throws TimeoutError when the time is up; InvalidStateError where a thread must not block; InvalidArgumentError.
   */
  acquireSync(options?: AcquireSyncOptions): Guard {
    const timeout = checkSyncLimit(options);
    if (this.#queue.takeFree(1)) return this.#issue(granted);
    const outcome = blockFor(this.#queue.turn(true), timeout, "semaphore.acquire()");
    if (outcome === 0) throw tooLate("Semaphore", timeout);
    return this.#issue(outcome);
  }

  /** Takes a permit if there is one and nobody waits for it. Never waits. */
  tryAcquire(): Guard | undefined {
    if (this.#queue.takeFree(1)) return this.#issue(granted);
    const outcome = this.#queue.take(this.#queue.turn(true));
    return outcome === 0 ? undefined : this.#issue(outcome);
  }

  /**
   * Adds permits, whoever took them, or nobody.
   * @param permits - how many.
   * @throws InvalidArgumentError; InvalidStateError when there would be more than 2^30 - 1.
   */
  release(permits = 1): void {
    checkInteger("permits", permits, 1);
    if (permits > mostPermits || !this.#queue.release(permits))
      throw new InvalidStateError(`a Semaphore has ${mostPermits} permits at most`);
  }

  /** Permits that can be acquired now. */
  get value(): number {
    return this.#queue.permits;
  }

  /** A snapshot for logs and dashboards. */
  stats(): SemaphoreStats {
    const { permits, waiters: waiting, contended } = this.#queue;
    return { permits, waiting, contended };
  }

  #issue(outcome: number): Guard {
    return new HeldGuard(this.#issuer, outcome);
  }
}

registerPrimitive("Semaphore", () => new Semaphore());
