import { type Waiter, WaitList } from "./wait-list.js";

/** Somebody who waits for a lock. @typeParam H - what stands for a holder. */
export interface LockWaiter<H> extends Waiter {
  /** The lock is its own now. @returns who holds it; undefined for one that has no use for it any more. */
  grant(): H | undefined;
}

/**
 * A lock without promises: who holds it, and who comes next. It goes from hand to hand: while somebody waits it is
 * never free, so that nobody who comes later gets it first.
 *
 * @typeParam H - what stands for a holder: a guard here, a connection in a process that keeps locks for others.
 */
export class LockCore<H extends object> {
  holder: H | undefined;
  readonly waiters = new WaitList<LockWaiter<H>>();

  /** Takes a lock that is free. @returns whether it was. */
  take(holder: H): boolean {
    if (this.holder !== undefined) return false;
    this.holder = holder;
    return true;
  }

  /** The holder has done: whoever has waited longest holds the lock now. It is not free while that one is told. */
  release(): void {
    let next = this.waiters.shift();
    let holder = next?.grant();
    while (next && holder === undefined) {
      next = this.waiters.shift();
      holder = next?.grant();
    }
    this.holder = holder;
  }
}
