import type { Entry } from "./stream-entry.js";

/** Items of a map that were read, and wait with the map until an executor has a place for them. */
export interface WaitingItems {
  /** How many. */
  readonly waiting: number;
  /** Whether code of the user's is told how items end. */
  readonly callsBack: boolean;
  /** The next of them, which begins now. There has to be one. */
  next(): Entry<unknown>;
  /** All that wait are submitted, as items are that can't wait so. */
  submitWaiting(): void;
}

/** How an executor begins items as places become free. */
export interface ItemLanes {
  /** By the executor's clock, in ms. */
  now(): number;
  /** Whether items may wait with their map, because nobody else waits for a place. */
  offer(items: WaitingItems): boolean;
  /** Some may have been added to those that wait. */
  added(): void;
}
