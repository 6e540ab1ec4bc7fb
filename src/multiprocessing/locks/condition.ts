import { onAbort } from "../../abort.js";
import { CancelledError, InvalidArgumentError } from "../../errors.js";
import { ambientSignal } from "../../sync/ambient.js";
import { checkWaitOptions } from "../../sync/wait-options.js";
import { checkFunction, checkInteger } from "../../validate.js";
import { checkWait, handleKind, own, type WaitOptions } from "../sharing/index.js";
import { arrived } from "./arrived.js";
import type { Guard } from "./guard.js";
import { holderKey } from "./holder.js";
import { Lock, type RLock } from "./lock.js";
import { borrow, LockHandle, stateOf } from "./lock-handle.js";
import { outsideOfScopes } from "./outside-of-scopes.js";
import { type ConditionStats, ServedCondition, type Waited } from "./served-condition.js";
import { HandleWithLock } from "./with-lock.js";

let waits = 0;

/**
 * A lock together with a place to wait until somebody who holds it says that something has changed, for all processes
 * and threads that were given it: Python's `multiprocessing.Condition`. See {@link Lock} for who owns it and how it is
 * given to others.
 *
 * *Cancellation*: however a `wait` ends, the lock is its caller's again. A notification that did not reach one who has
 * died goes on to the next.
 *
 * @example
 * const condition = new Condition();
 * const stock = new Value("int32", 0);
 * const sell = async () => {
 *   using guard = await condition.acquire();
 *   await condition.waitFor(async () => (await stock.get()) > 0);
 *   await stock.add(-1);
 * };
 */
export class Condition extends HandleWithLock {
  /**
   * @param lock - a lock to use, which others may use too, and which this very process (or thread) owns. Default: a
   *   `Lock` of its own, where Python has an `RLock`: its holder would be all that runs on an event loop outside of
   *   tasks, and those could not wait apart.
   * @throws InvalidArgumentError for anything else.
   */
  constructor(lock?: Lock | RLock) {
    const endpoint = arrived(lock);
    const used = lock === undefined ? new Lock() : endpoint ? undefined : lock;
    super(endpoint ?? own("Condition", new ServedCondition(checkedState(used))), used);
  }

  /** See {@link Lock.acquire}. @throws InvalidArgumentError, TimeoutError, CancelledError, ConnectionClosedError */
  acquire(options?: WaitOptions): Promise<Guard> {
    return this.lock!.acquire(options);
  }

  /** See {@link Lock.tryAcquire}. @throws ConnectionClosedError */
  tryAcquire(): Promise<Guard | undefined> {
    return this.lock!.tryAcquire();
  }

  /** See {@link Lock.release}. @throws InvalidStateError, ConnectionClosedError */
  release(): Promise<void> {
    return this.lock!.release();
  }

  /** See {@link Lock.locked}. @throws ConnectionClosedError */
  locked(): Promise<boolean> {
    return this.lock!.locked();
  }

  /**
   * Gives the lock away, however often it was acquired, waits to be notified, and takes the lock again. What it was
   * notified of may be over by then: look again, or use {@link waitFor}.
   * @param options - limits of the wait for the notification; the lock is waited for as long as it takes.
   * @returns whether it was notified: false when the time is up.
   * @throws InvalidArgumentError for a bad option, from the call; InvalidStateError when the lock is not held;
   *   CancelledError; ConnectionClosedError when the owner has ended.
   */
  wait(options?: WaitOptions): Promise<boolean> {
    const limits = checkWait(options);
    return this.#wait(limits?.timeout, limits?.signal);
  }

  async #wait(timeout: number | undefined, signal: AbortSignal | undefined): Promise<boolean> {
    const number = ++waits;
    const key = holderKey();
    const signals = [signal, ambientSignal()].filter((each) => each !== undefined);
    const isAborted = (): AbortSignal | undefined => signals.find(({ aborted }) => aborted);
    const before = isAborted();
    if (before) throw cancelledBy(before);
    const loan = borrow(this.lock!);
    // no limit of the caller's ends this call: it has the lock again when it is answered
    const waiting = outsideOfScopes(() => this.call<Waited>("wait", [key, number, timeout]));
    const end = (): void => void outsideOfScopes(() => this.call("endWait", [number])).catch(() => {});
    const lift = signals.map((each) => onAbort(each, end));
    try {
      const { notified, abandoned } = await waiting;
      loan?.returned(abandoned);
      const aborted = isAborted();
      if (!notified && aborted) throw cancelledBy(aborted);
      return notified;
    } finally {
      for (const each of lift) each();
    }
  }

  /**
   * Waits until a predicate holds: it is called here and now, and each time that this one is notified, always with the
   * lock. It may be asynchronous.
   * @param options - limits of all waits together.
   * @returns what the predicate answered last: something false when the time is up.
   * @throws InvalidArgumentError for a bad argument, from the call; InvalidStateError when the lock is not held;
   *   CancelledError; ConnectionClosedError; what the predicate throws.
   */
  waitFor<T>(predicate: () => T | PromiseLike<T>, options: WaitOptions = {}): Promise<T> {
    checkFunction("predicate", predicate);
    return this.#waitFor(predicate, checkWaitOptions(options));
  }

  async #waitFor<T>(predicate: () => T | PromiseLike<T>, { timeout, signal }: WaitOptions): Promise<T> {
    const end = timeout === undefined ? undefined : performance.now() + timeout;
    for (;;) {
      const answer = await predicate();
      if (answer) return answer;
      const left = end === undefined ? undefined : end - performance.now();
      if (left !== undefined && left <= 0) return answer;
      await this.#wait(left, signal);
    }
  }

  /**
   * Something has changed: so many of those who wait go on, one after the other, once the lock is theirs.
   * @param count - how many; those who have waited longest come first. Default 1.
   * @throws InvalidArgumentError for a bad count, from the call; InvalidStateError when the lock is not held;
   *   ConnectionClosedError.
   */
  notify(count = 1): Promise<void> {
    checkInteger("count", count, 0, true);
    const key = holderKey();
    return outsideOfScopes(() => this.call<void>("notify", [key, count]));
  }

  /** A look at it, for logs and dashboards. @throws ConnectionClosedError */
  stats(): Promise<ConditionStats> {
    return this.call<ConditionStats>("stats", []);
  }

  /** The same for all who wait. @throws InvalidStateError, ConnectionClosedError */
  notifyAll(): Promise<void> {
    return this.notify(Number.POSITIVE_INFINITY);
  }
}

function checkedState(lock: LockHandle | undefined): NonNullable<ReturnType<typeof stateOf>> {
  const state = lock instanceof LockHandle ? stateOf(lock) : undefined;
  if (state) return state;
  throw new InvalidArgumentError(
    "lock",
    lock,
    "a Lock or RLock of ungil/multiprocessing that this process (or thread) owns: make the condition where its lock " +
      "was made, or leave the lock out",
  );
}

function cancelledBy({ reason }: AbortSignal): CancelledError {
  return new CancelledError("Condition.wait() was cancelled", { cause: reason });
}

handleKind("Condition", (endpoint) => Reflect.construct(Condition, [endpoint]) as Condition);
