import { InvalidArgumentError, InvalidStateError } from "../../errors.js";
import { checkFunction, checkInteger, checkOptionNames } from "../../validate.js";
import { isAborted, waitFor } from "./async-waits.js";
import { blockFor } from "./blocking.js";
import { type Hold, holdOf } from "./condition-lock.js";
import type { Guard } from "./guard.js";
import { type AcquireOptions, type AcquireSyncOptions, checkLimits, checkSyncLimit } from "./limits.js";
import { Lock } from "./lock.js";
import { NoticeQueue } from "./notice-queue.js";
import { dataOf, Primitive, type PrimitiveData, partsOf, registerPrimitive, revive } from "./primitive.js";
import { memoryFor, type QueueOptions } from "./queue-options.js";
import { RLock } from "./rlock.js";
import { block } from "./waiting.js";

/** Options of a {@link Condition}. */
export interface ConditionOptions extends QueueOptions {
  /** The lock that protects what the condition is about; a new `RLock` by default. */
  readonly lock?: Lock | RLock | undefined;
}

/** What `stats()` of a condition answers: a snapshot. */
export interface ConditionStats {
  /** How many wait to be notified. */
  readonly waiting: number;
}

/**
 * Waiting for something to become true that others, who have the same lock, make true: Python's `threading.Condition`.
 *
 * _Fairness._ `notify` wakes those who have waited longest.
 *
 * _Death._ A waiter that has died is passed over; a notice that its receiver did not live to see goes to another. The
 * lock is released as ever.
 *
 * _Memory ordering._ That of its lock.
 *
 * @example
 * const changed = new Condition();
 * // one side
 * using guard = await changed.acquire();
 * await changed.waitFor(() => cells[0] > 0);
 * // the other side
 * using guard = await changed.acquire();
 * cells[0]++;
 * changed.notify();
 */
export class Condition extends Primitive {
  /** The lock that protects what the condition is about. */
  readonly lock: Lock | RLock;
  readonly #queue: NoticeQueue;

  /** @throws InvalidArgumentError for a bad option. */
  constructor(options?: ConditionOptions) {
    checkOptionNames("options", options, ["lock", "maxWaiters"]);
    const given = options?.lock;
    if (given !== undefined && !(given instanceof Lock) && !(given instanceof RLock))
      throw new InvalidArgumentError("lock", given, "a Lock or an RLock of ungil/threading");
    let made: Lock | RLock | undefined;
    const words = memoryFor(options, 0, ["lock"]);
    super("Condition", words, () => {
      made = given ?? new RLock();
      return dataOf(made);
    });
    const { memory, environment, details } = partsOf(this);
    this.lock = made ?? (revive(details as PrimitiveData) as Lock | RLock);
    const queue = new NoticeQueue(new Int32Array(memory), environment);
    this.#queue = queue;
    partsOf(this).tidy = () => queue.tidy();
  }

  /** Acquires the lock: `lock.acquire`. */
  acquire(options?: AcquireOptions): Promise<Guard> {
    return this.lock.acquire(options);
  }

  /** Acquires the lock: `lock.acquireSync`. */
  acquireSync(options?: AcquireSyncOptions): Guard {
    return this.lock.acquireSync(options);
  }

  /** Acquires the lock: `lock.tryAcquire`. */
  tryAcquire(): Guard | undefined {
    return this.lock.tryAcquire();
  }

  /**
   * Releases the lock, waits to be notified, and acquires the lock again, without blocking the event loop. It has the
   * lock again in any case, also when it throws, and guards of it stay what they were.
   * @returns false when the time is up.
   * @throws InvalidStateError when this thread does not have the lock, or when more than `maxWaiters` wait;
   * CancelledError when the signal aborts; InvalidArgumentError.
   */
  async wait(options?: AcquireOptions): Promise<boolean> {
    const limits = checkLimits(options);
    const hold = this.#hold("wait");
    if (isAborted(limits)) return (await waitFor(this.#queue.turn(false), limits, () => {})) !== 0;
    const turn = this.#join(false);
    hold.park();
    try {
      return (await waitFor(turn, limits, () => this.#queue.notify(1))) !== 0;
    } finally {
      // whoever waits has the lock afterwards, so nothing may end this wait
      hold.restore(await waitFor(hold.queue.turn(false), unlimited, () => {}, true));
    }
  }

  /**
   * The same, and blocks the thread.
   * @returns false when the time is up.
   * @throws InvalidStateError when this thread does not have the lock, when more than `maxWaiters` wait, or where a
   * thread must not block; InvalidArgumentError.
   */
  waitSync(options?: AcquireSyncOptions): boolean {
    const timeout = checkSyncLimit(options);
    const hold = this.#hold("waitSync");
    const turn = this.#join(true);
    hold.park();
    try {
      return blockFor(turn, timeout, "condition.wait()") !== 0;
    } finally {
      hold.restore(block(hold.queue.turn(true), Number.POSITIVE_INFINITY));
    }
  }

  /**
   * Waits until a predicate holds, which is asked now and after each notice, with the lock.
   * @param predicate - answers at once: what a promise would answer comes too late.
   * @returns what the predicate answered last; it does not hold when the time is up.
   * @throws what the predicate throws, and what `wait` does; InvalidArgumentError for an async predicate.
   */
  async waitFor<R>(predicate: () => R, options?: AcquireOptions): Promise<R> {
    checkFunction("predicate", predicate);
    const { timeout, signal } = checkLimits(options);
    const end = performance.now() + timeout;
    for (;;) {
      const answer = ask(predicate);
      const left = end - performance.now();
      if (answer || left <= 0) return answer;
      if (!(await this.wait({ timeout: left, signal }))) return ask(predicate);
    }
  }

  /**
   * The same, and blocks the thread.
   * @returns what the predicate answered last; it does not hold when the time is up.
   * @throws what the predicate throws, and what `waitSync` does; InvalidArgumentError for an async predicate.
   */
  waitForSync<R>(predicate: () => R, options?: AcquireSyncOptions): R {
    checkFunction("predicate", predicate);
    const end = performance.now() + checkSyncLimit(options);
    for (;;) {
      const answer = ask(predicate);
      const left = end - performance.now();
      if (answer || left <= 0) return answer;
      if (!this.waitSync({ timeout: left })) return ask(predicate);
    }
  }

  /**
   * Wakes those who wait longest. They go on when they have the lock, one after the other.
   * @param waiters - how many.
   * @throws InvalidStateError when this thread does not have the lock; InvalidArgumentError.
   */
  notify(waiters = 1): void {
    checkInteger("waiters", waiters, 0, true);
    this.#hold("notify");
    this.#queue.notify(waiters);
  }

  /**
   * Wakes all who wait.
   * @throws InvalidStateError when this thread does not have the lock.
   */
  notifyAll(): void {
    this.#hold("notifyAll");
    this.#queue.notify(Number.POSITIVE_INFINITY);
  }

  /** A snapshot for logs and dashboards. */
  stats(): ConditionStats {
    return { waiting: this.#queue.waiters };
  }

  #hold(method: string): Hold {
    const hold = holdOf(this.lock);
    if (!hold)
      throw new InvalidStateError(
        `${method} of a Condition needs its lock, which this thread does not have: acquire it before`,
      );
    return hold;
  }

  /** A place in the queue, taken before the lock is given back, so that no notice can be missed. */
  #join(blocks: boolean): ReturnType<NoticeQueue["turn"]> {
    const turn = this.#queue.turn(blocks);
    turn.look();
    if (turn.node === 0)
      throw new InvalidStateError(
        "as many as can be wait for this Condition already: make it with a larger maxWaiters",
      );
    return turn;
  }
}

/** @throws InvalidArgumentError for an answer that is still to come, which would hold whatever it is. */
function ask<R>(predicate: () => R): R {
  const answer = predicate();
  if (typeof (answer as Partial<PromiseLike<unknown>> | null | undefined)?.then === "function")
    throw new InvalidArgumentError(
      "predicate",
      predicate,
      "a function that answers at once, not an async one",
    );
  return answer;
}

const unlimited = { timeout: Number.POSITIVE_INFINITY, signal: undefined };

registerPrimitive("Condition", () => new Condition());
