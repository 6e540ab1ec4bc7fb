import { AsyncLocalStorage } from "node:async_hooks";
import { InvalidStateError } from "../../errors.js";
import { checkFunction } from "../../validate.js";
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
import type { LockStats } from "./lock.js";
import { LockQueue } from "./lock-queue.js";
import { Primitive, partsOf, registerPrimitive } from "./primitive.js";
import { memoryFor, type QueueOptions } from "./queue-options.js";

/** That this thread has the lock, once or more. */
interface Ownership {
  /** The thread as a whole, or what runs within one `run` or after one `acquire`. */
  readonly wholeThread: boolean;
  readonly guards: HeldGuard[];
}

/** What the running code has, of which locks. Made when it is needed: where it is enabled, promises cost more. */
let scopes: AsyncLocalStorage<ReadonlyMap<RLock, Ownership>> | undefined;

/** The locks that this thread has. They stay, also if nobody keeps lock or guard: only they know that it is the owner. */
const owned = new Set<RLock>();

/**
 * A lock that its owner can acquire again: Python's `threading.RLock`. It is free when it was released as often as it
 * was acquired.
 *
 * _Who the owner is._ A thread that has it by `acquireSync` owns it as a whole, as in Python: all that runs on the
 * thread can acquire it again, so release it before the next `await`. The event loop runs many things in turns, which
 * are to exclude each other; so what `acquire` answers belongs to its caller alone, and another `acquire` waits for
 * it. Within `run` everything that the function calls is the owner, and can acquire it again in either way.
 *
 * Fairness, death and memory ordering are those of `Lock`.
 *
 * @example
 * const lock = new RLock();
 * await lock.run(async () => {
 *   using again = await lock.acquire();
 * });
 */
export class RLock extends Primitive {
  readonly #queue: LockQueue;
  readonly #issuer: GuardIssuer;
  #ownership: Ownership | undefined;

  /** @throws InvalidArgumentError for a bad option. */
  constructor(options?: QueueOptions) {
    super("RLock", memoryFor(options), undefined);
    const parts = partsOf(this);
    const queue = new LockQueue(new Int32Array(parts.memory), parts.environment);
    this.#queue = queue;
    parts.tidy = () => queue.tidy();
    this.#issuer = new GuardIssuer("RLock", queue, (guard) => this.#takeBack(guard));
    provideHold(this, () => this.#hold());
  }

  /**
   * Waits for the lock without blocking the event loop; who owns it need not wait. While it waits, it keeps the process
   * alive.
   * @throws TimeoutError when the time is up, CancelledError when the signal aborts; InvalidArgumentError.
   */
  async acquire(options?: AcquireOptions): Promise<Guard> {
    return this.#acquire(options);
  }

  /**
   * Runs a function that owns the lock, and all that it calls with it, and releases it when that is done.
   * @returns what the function answers.
   * @throws what the function throws; TimeoutError, CancelledError as `acquire` does; InvalidArgumentError.
   */
  async run<R>(fn: () => R | PromiseLike<R>, options?: AcquireOptions): Promise<Awaited<R>> {
    checkFunction("fn", fn);
    const guard = await this.#acquire(options);
    try {
      scopes ??= new AsyncLocalStorage();
      const within = new Map(scopes.getStore());
      within.set(this, this.#ownership!);
      return await scopes.run(within, fn);
    } finally {
      guard[Symbol.dispose]();
    }
  }

  /**
   * Blocks the thread, with its event loop, until it has the lock; who owns it need not wait.
   * @throws TimeoutError when the time is up; InvalidStateError where it would wait for itself: when something else
   * that runs on this thread has it by `acquire` or `run` and there is no time limit, or where a thread must not block;
   * InvalidArgumentError.
   */
  acquireSync(options?: AcquireSyncOptions): Guard {
    const timeout = checkSyncLimit(options);
    const again = this.#again();
    if (again) return again;
    if (this.#queue.takeFree()) return this.#issue(granted, true);
    if (timeout === Number.POSITIVE_INFINITY && this.#isMine())
      throw new InvalidStateError(
        "something else that runs on this thread has the RLock by acquire or run, and could not release it while the " +
          "thread is blocked: use acquire",
      );
    const outcome = blockFor(this.#queue.turn(true), timeout, "lock.acquire()");
    if (outcome === 0) throw tooLate("RLock", timeout);
    return this.#issue(outcome, true);
  }

  /** Takes the lock if this thread owns it, or nobody does and nobody waits for it. Never waits. */
  tryAcquire(): Guard | undefined {
    const again = this.#again();
    if (again) return again;
    if (this.#queue.takeFree()) return this.#issue(granted, true);
    const outcome = this.#queue.take(this.#queue.turn(true));
    return outcome === 0 ? undefined : this.#issue(outcome, true);
  }

  /**
   * Gives back what was acquired last. A guard's own `release` is to be preferred.
   * @throws InvalidStateError when this thread does not own the lock.
   */
  release(): void {
    const guard = this.#isMine() ? this.#ownership?.guards.at(-1) : undefined;
    if (!guard)
      throw new InvalidStateError(
        this.locked
          ? "the RLock can't be released: another thread owns it"
          : "the RLock was released too many times: nobody owns it",
      );
    guard.release();
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

  async #acquire(options: AcquireOptions | undefined): Promise<Guard> {
    const limits = checkLimits(options);
    if (!isAborted(limits)) {
      const again = this.#again();
      if (again) return again;
      if (this.#queue.takeFree()) return this.#issue(granted, false);
    }
    const outcome = await waitFor(this.#queue.turn(false), limits, (status) => this.#queue.giveBack(status));
    if (outcome === 0) throw tooLate("RLock", limits.timeout);
    return this.#issue(outcome, false);
  }

  /** A further guard for who owns it already. */
  #again(): Guard | undefined {
    const ownership = this.#ownership;
    if (!ownership || !this.#isMine()) return undefined;
    if (!ownership.wholeThread && scopes?.getStore()?.get(this) !== ownership) return undefined;
    const guard = new HeldGuard(this.#issuer, granted);
    ownership.guards.push(guard);
    return guard;
  }

  #isMine(): boolean {
    return this.#ownership !== undefined && this.#queue.holder === this.#queue.me;
  }

  #issue(outcome: number, wholeThread: boolean): Guard {
    const guard = new HeldGuard(this.#issuer, outcome);
    this.#own({ wholeThread, guards: [guard] });
    return guard;
  }

  #own(ownership: Ownership | undefined): void {
    this.#ownership = ownership;
    if (ownership) owned.add(this);
    else owned.delete(this);
  }

  #takeBack(guard: HeldGuard): boolean {
    const guards = this.#ownership?.guards ?? [];
    const at = guards.indexOf(guard);
    if (at < 0) return false;
    guards.splice(at, 1);
    if (guards.length > 0) return true;
    this.#own(undefined);
    return this.#queue.release(this.#queue.me);
  }

  #hold(): Hold | undefined {
    const ownership = this.#ownership;
    if (!ownership || !this.#isMine()) return undefined;
    return {
      queue: this.#queue,
      park: () => {
        this.#own(undefined);
        this.#queue.release(this.#queue.me);
      },
      restore: (outcome) => {
        this.#own(ownership);
        for (const guard of ownership.guards) guard.acquiredAgain(outcome);
      },
    };
  }
}

registerPrimitive("RLock", () => new RLock());
