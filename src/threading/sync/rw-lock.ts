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
import { memoryFor, type QueueOptions } from "./queue-options.js";
import { ReadWriteQueue } from "./share-queue.js";

/** What `stats()` of a read-write lock answers: a snapshot. */
export interface RWLockStats {
  /** How many have it for reading. */
  readonly readers: number;
  /** Whether somebody has it for writing. */
  readonly writing: boolean;
  /** How many wait for either. */
  readonly waiting: number;
  /** How often somebody had to wait so far. */
  readonly contended: number;
}

/** One of the two ways to have a {@link RWLock}. */
export interface RWLockSide {
  /**
   * Waits for it without blocking the event loop. While it waits, it keeps the process alive.
   * @throws TimeoutError when the time is up, CancelledError when the signal aborts; InvalidArgumentError.
   */
  acquire(options?: AcquireOptions): Promise<Guard>;
  /**
   * Blocks the thread, with its event loop, until it has it.
   * @throws TimeoutError when the time is up; InvalidStateError where it would wait for itself: when this very thread
   * has the lock, one of the two for writing, and there is no time limit, or where a thread must not block;
   * InvalidArgumentError.
   */
  acquireSync(options?: AcquireSyncOptions): Guard;
  /** Takes it if it is free and nobody waits. Never waits. */
  tryAcquire(): Guard | undefined;
}

/**
 * A lock that many have for reading, or one for writing.
 *
 * _Fairness._ First come, first served: a reader that comes after a waiting writer waits too, so that neither kind
 * starves the other. Readers next to each other in the queue go on together.
 *
 * _Death._ What a thread has when it ends is released; if it had the lock for writing, the next guard says `abandoned`.
 *
 * _Memory ordering._ What a writer has written is seen by whoever has the lock after it.
 *
 * @example
 * const settings = new RWLock();
 * using reading = await settings.read.acquire();
 */
export class RWLock extends Primitive {
  /** To have it together with other readers. */
  readonly read: RWLockSide;
  /** To have it alone. */
  readonly write: RWLockSide;
  readonly #queue: ReadWriteQueue;

  /** @throws InvalidArgumentError for a bad option. */
  constructor(options?: QueueOptions) {
    super("RWLock", memoryFor(options), undefined);
    const { memory, environment, isNew } = partsOf(this);
    const queue = new ReadWriteQueue(new Int32Array(memory), environment);
    if (isNew) queue.begin(ReadWriteQueue.all);
    this.#queue = queue;
    partsOf(this).tidy = () => queue.tidy();
    this.read = new Side(queue, 1, "RWLock for reading");
    this.write = new Side(queue, ReadWriteQueue.all, "RWLock for writing");
  }

  /** A snapshot for logs and dashboards. */
  stats(): RWLockStats {
    const { waiters: waiting, contended } = this.#queue;
    const writing = this.#queue.holders(ReadWriteQueue.all) > 0;
    return { readers: this.#queue.holders(1), writing, waiting, contended };
  }
}

class Side implements RWLockSide {
  readonly #queue: ReadWriteQueue;
  readonly #amount: number;
  readonly #issuer: GuardIssuer;

  constructor(queue: ReadWriteQueue, amount: number, name: string) {
    this.#queue = queue;
    this.#amount = amount;
    this.#issuer = new GuardIssuer(name, queue, (guard) => queue.release(guard.node, guard.serial));
  }

  async acquire(options?: AcquireOptions): Promise<Guard> {
    const limits = checkLimits(options);
    const turn = this.#queue.turn(false, this.#amount);
    const outcome = await waitFor(turn, limits, (status) => this.#queue.giveBack(turn, status));
    if (outcome === 0) throw tooLate(this.#issuer.name, limits.timeout);
    return new HeldGuard(this.#issuer, outcome, turn.node, turn.serial);
  }

  acquireSync(options?: AcquireSyncOptions): Guard {
    const timeout = checkSyncLimit(options);
    const now = this.tryAcquire();
    if (now) return now;
    if (timeout === Number.POSITIVE_INFINITY) this.#checkOthers();
    const turn = this.#queue.turn(true, this.#amount);
    const outcome = blockFor(turn, timeout, "acquire()");
    if (outcome === 0) throw tooLate(this.#issuer.name, timeout);
    return new HeldGuard(this.#issuer, outcome, turn.node, turn.serial);
  }

  tryAcquire(): Guard | undefined {
    const turn = this.#queue.turn(true, this.#amount);
    const outcome = this.#queue.take(turn);
    return outcome === 0 ? undefined : new HeldGuard(this.#issuer, outcome, turn.node, turn.serial);
  }

  /** It could not be had at once: if this thread has what it would wait for, it would wait for ever. */
  #checkOthers(): void {
    if (this.#queue.holdsClaimed())
      throw new InvalidStateError(
        `this thread has the RWLock, and would wait for itself for the ${this.#issuer.name}: use acquire, which lets ` +
          "the holder go on, or give a timeout",
      );
  }
}

registerPrimitive("RWLock", () => new RWLock());
