import { BrokenBarrierError } from "../errors.js";
import { type Waiter, WaitList } from "./wait-list.js";

/** Somebody who waits for the others. */
export interface BarrierWaiter extends Waiter {
  /** All are there. @param index - its number among them, in the order in which they came. */
  grant(index: number): void;
}

/**
 * A barrier without promises. All go through in the same moment, so that there is no time at which some are still on
 * their way out: who comes next belongs to the next round.
 */
export class BarrierCore {
  readonly parties: number;
  broken = false;
  readonly waiters = new WaitList<BarrierWaiter>();

  constructor(parties: number) {
    this.parties = parties;
  }

  /** Somebody came: if it is the last, all go through. @returns its number; undefined where it has to wait. */
  arrive(): number | undefined {
    const last = this.parties - 1;
    if (this.waiters.size < last) return undefined;
    for (let index = 0; index < last; index++) this.waiters.shift()!.grant(index);
    return last;
  }

  /** Those who wait get an error, each one of its own. @param broken - whether that goes for those who come later. */
  breakUp(why: string, broken: boolean): void {
    this.broken = broken;
    for (let left = this.waiters.size; left > 0; left--) {
      this.waiters.shift()!.refuse(new BrokenBarrierError(why));
    }
  }
}
