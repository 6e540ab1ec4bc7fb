import { InvalidStateError } from "../../errors.js";
import { waitFor } from "./async-waits.js";
import { blockFor } from "./blocking.js";
import { type Guard, GuardIssuer, HeldGuard } from "./guard.js";
import {
  type AcquireOptions,
  type AcquireSyncOptions,
  checkLimits,
  checkSyncLimit,
  tooLate,
} from "./limits.js";
import { Primitive, partsOf, registerPrimitive } from "./primitive.js";
import { checkPlaces, memoryFor, type QueueOptions } from "./queue-options.js";
import type { SemaphoreStats } from "./semaphore.js";
import { ShareQueue } from "./share-queue.js";
import type { Turn } from "./turn.js";

/** Nodes beside those of who has a permit. */
const spare = 128;

/**
 * A number of permits that are given back by who took them: Python's `threading.BoundedSemaphore`. There are never
 * more than at the start.
 *
 * _Fairness._ First come, first served, as with `Lock`.
 *
 * _Death._ When a thread ends, its permits come back, and the next guard says `abandoned`.
 *
 * _Memory ordering._ What was written before a permit was given back is seen by the next who acquires one.
 *
 * @example
 * const connections = new BoundedSemaphore(8);
 * using permit = await connections.acquire();
 */
export class BoundedSemaphore extends Primitive {
  readonly #queue: ShareQueue;
  readonly #issuer: GuardIssuer;

  /**
   * @param permits - how many there are, at most 2^24: each takes 32 bytes.
   * @throws InvalidArgumentError for a number below 0 or above that, or a bad option.
   */
  constructor(permits = 1, options?: QueueOptions) {
    checkPlaces("permits", permits, 0);
    super("BoundedSemaphore", memoryFor(options, permits + spare), undefined);
    const { memory, environment, isNew } = partsOf(this);
    const queue = new ShareQueue(new Int32Array(memory), environment);
    if (isNew) queue.begin(permits);
    this.#queue = queue;
    partsOf(this).tidy = () => queue.tidy();
    this.#issuer = new GuardIssuer("BoundedSemaphore", queue, (guard) =>
      queue.release(guard.node, guard.serial),
    );
  }

  /**
   * Waits for a permit without blocking the event loop. While it waits, it keeps the process alive.
   * @throws TimeoutError when the time is up, CancelledError when the signal aborts; InvalidArgumentError.
   */
  async acquire(options?: AcquireOptions): Promise<Guard> {
    const limits = checkLimits(options);
    const turn = this.#queue.turn(false);
    const outcome = await waitFor(turn, limits, (status) => this.#queue.giveBack(turn, status));
    if (outcome === 0) throw tooLate("BoundedSemaphore", limits.timeout);
    return this.#issue(turn, outcome);
  }

  /**
   * Blocks the thread, with its event loop, until it has a permit.
   * @throws TimeoutError when the time is up; InvalidStateError where a thread must not block; InvalidArgumentError.
   */
  acquireSync(options?: AcquireSyncOptions): Guard {
    const timeout = checkSyncLimit(options);
    const turn = this.#queue.turn(true);
    const outcome = blockFor(turn, timeout, "semaphore.acquire()");
    if (outcome === 0) throw tooLate("BoundedSemaphore", timeout);
    return this.#issue(turn, outcome);
  }

  /** Takes a permit if there is one and nobody waits for it. Never waits. */
  tryAcquire(): Guard | undefined {
    const turn = this.#queue.turn(true);
    const outcome = this.#queue.take(turn);
    return outcome === 0 ? undefined : this.#issue(turn, outcome);
  }

  /**
   * Gives a permit back: one of this thread's, if it has any, else another's. A guard's own `release` is to be
   * preferred.
   * @throws InvalidStateError when all permits are there.
   */
  release(): void {
    if (!this.#queue.releaseAny())
      throw new InvalidStateError(
        "the BoundedSemaphore was released too many times: all its permits are there",
      );
  }

  /** Permits that can be acquired now. */
  get value(): number {
    return this.#queue.available;
  }

  /** A snapshot for logs and dashboards. */
  stats(): SemaphoreStats {
    const { available: permits, waiters: waiting, contended } = this.#queue;
    return { permits, waiting, contended };
  }

  #issue({ node, serial }: Turn, outcome: number): Guard {
    return new HeldGuard(this.#issuer, outcome, node, serial);
  }
}

registerPrimitive("BoundedSemaphore", () => new BoundedSemaphore());
