import { InvalidStateError } from "../../errors.js";
import { isAborted, waitFor } from "./async-waits.js";
import { blockFor } from "./blocking.js";
import { type Hold, provideHold } from "./condition-lock.js";
import { type Guard, GuardIssuer, HeldGuard } from "./guard.js";
import { granted } from "./layout.js";
import {
  type AcquireOptions,
  type AcquireSyncOptions,
  checkLimits,
  checkSyncLimit,
  tooLate,
} from "./limits.js";
import { LockQueue } from "./lock-queue.js";
import { Primitive, partsOf, registerPrimitive } from "./primitive.js";
import { memoryFor, type QueueOptions } from "./queue-options.js";

/** What `stats()` of a lock answers: a snapshot. */
export interface LockStats {
  /** Whether somebody has it. */
  readonly locked: boolean;
  /** How many wait for it. */
  readonly waiting: number;
  /** How often somebody had to wait for it so far. */
  readonly contended: number;
}

/**
 * A lock that one holder has at a time, of all threads it was sent to: Python's `threading.Lock`. It can be passed as
 * an argument or captured by a function, and is the same lock in the other thread.
 *
 * _Fairness._ First come, first served: a release hands the lock to who has waited longest, and nobody gets in before.
 * Only a thread that blocks goes before its own event loop, which could not go on meanwhile.
 *
 * _Death._ When a thread ends while it has the lock, however that comes, the lock is released, and the next guard says
 * `abandoned`.
 *
 * _Memory ordering._ What a holder has written is seen by the next; all operations are sequentially consistent.
 *
 * @example
 * const lock = new Lock();
 * const counts = new SharedArray("int32", 10, { lock: false });
 * await pool.map((n) => {
 *   using guard = lock.acquireSync();
 *   counts[n % 10]++;
 * }, numbers);
 */
export class Lock extends Primitive {
  readonly #queue: LockQueue;
  /** The guard of the hold that this thread has. */
  #guard: HeldGuard | undefined;
  readonly #issuer: GuardIssuer;

  /** @throws InvalidArgumentError for a bad option. */
  constructor(options?: QueueOptions) {
    super("Lock", memoryFor(options), undefined);
    const parts = partsOf(this);
    const queue = new LockQueue(new Int32Array(parts.memory), parts.environment);
    this.#queue = queue;
    parts.tidy = () => queue.tidy();
    this.#issuer = new GuardIssuer("Lock", queue, (guard) => this.#takeBack(guard));
    provideHold(this, () => this.#hold());
  }

  /**
   * Waits for the lock without blocking the event loop. While it waits, it keeps the process alive.
   *
   * _Cancellation._ When the signal aborts, or the scope that it runs in ends, it leaves the queue.
   * @throws TimeoutError when the time is up, CancelledError when the signal aborts; InvalidArgumentError.
   */
  async acquire(options?: AcquireOptions): Promise<Guard> {
    const limits = checkLimits(options);
    if (!isAborted(limits) && this.#queue.takeFree()) return this.#issue(granted);
    const outcome = await waitFor(this.#queue.turn(false), limits, (status) => this.#queue.giveBack(status));
    if (outcome === 0) throw tooLate("Lock", limits.timeout);
    return this.#issue(outcome);
  }

  /**
   * Blocks the thread, with its event loop, until it has the lock.
   * @throws TimeoutError when the time is up; InvalidStateError where it would wait for itself: when this very thread
   * has the lock and there is no time limit, or where a thread must not block; InvalidArgumentError.
   */
  acquireSync(options?: AcquireSyncOptions): Guard {
    if (options === undefined && this.#queue.takeFree()) return this.#issue(granted);
    const timeout = checkSyncLimit(options);
    if (timeout === Number.POSITIVE_INFINITY && this.#isMine())
      throw new InvalidStateError(
        "this thread has the Lock, and would wait for itself: use acquire, which lets the holder go on, or an RLock, " +
          "which its holder can acquire again",
      );
    const outcome = blockFor(this.#queue.turn(true), timeout, "lock.acquire()");
    if (outcome === 0) throw tooLate("Lock", timeout);
    return this.#issue(outcome);
  }

  /** Takes the lock if nobody has it and nobody waits for it. Never waits. */
  tryAcquire(): Guard | undefined {
    if (this.#queue.takeFree()) return this.#issue(granted);
    const outcome = this.#queue.take(this.#queue.turn(true));
    return outcome === 0 ? undefined : this.#issue(outcome);
  }

  /**
   * Gives the lock back, whoever has it; as in Python, another thread than the holder may do so. A guard's own
   * `release` is to be preferred.
   * @throws InvalidStateError when nobody has it.
   */
  release(): void {
    const { holder } = this.#queue;
    if (holder === 0 || !this.#queue.release(holder))
      throw new InvalidStateError("the Lock was released too many times: nobody has it");
    if (holder === this.#queue.me) this.#guard = undefined;
  }

  /** Whether somebody has the lock. */
  get locked(): boolean {
    return this.#queue.holder !== 0;
  }

  /** A snapshot for logs and dashboards. */
  stats(): LockStats {
    const { waiters: waiting, contended } = this.#queue;
    return { locked: this.locked, waiting, contended };
  }

  #takeBack(guard: HeldGuard): boolean {
    if (this.#guard !== guard) return false;
    this.#guard = undefined;
    return this.#queue.release(this.#queue.me);
  }

  #hold(): Hold | undefined {
    const guard = this.#guard;
    if (!guard || !this.#isMine()) return undefined;
    return {
      queue: this.#queue,
      park: () => {
        this.#guard = undefined;
        this.#queue.release(this.#queue.me);
      },
      restore: (outcome) => {
        this.#guard = guard;
        guard.acquiredAgain(outcome);
      },
    };
  }

  #isMine(): boolean {
    return this.#guard !== undefined && this.#queue.holder === this.#queue.me;
  }

  #issue(outcome: number): Guard {
    const guard = new HeldGuard(this.#issuer, outcome);
    this.#guard = guard;
    return guard;
  }
}

registerPrimitive("Lock", () => new Lock());
