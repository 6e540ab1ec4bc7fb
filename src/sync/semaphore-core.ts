import { type Waiter, WaitList } from "./wait-list.js";

/** Somebody who waits for a place. */
export interface PlaceWaiter extends Waiter {
  /** The place is its own now. */
  grant(): void;
}

/**
 * A semaphore without promises: how many places are free, and who comes next. A place that is given back goes to
 * whoever has waited longest: while somebody waits none is free, so that nobody who comes later gets it first.
 */
export class SemaphoreCore {
  /** Places that are free. */
  free: number;
  /** The most places there may be. */
  bound = Number.POSITIVE_INFINITY;
  readonly waiters = new WaitList<PlaceWaiter>();

  constructor(free: number) {
    this.free = free;
  }

  /** Takes a place if one is free. @returns whether one was. */
  take(): boolean {
    if (this.free === 0) return false;
    this.free--;
    return true;
  }

  /** A place is given back, or there is one more. */
  give(): void {
    const next = this.waiters.shift();
    if (next) next.grant();
    else this.free++;
  }
}
