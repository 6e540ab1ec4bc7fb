import type { LockQueue } from "./lock-queue.js";

/** The hold that this thread has of a lock, as a condition needs it. */
export interface Hold {
  readonly queue: LockQueue;
  /** Gives the lock back, however often it was acquired. */
  park(): void;
  /** The thread has it again: as often as before, with the same guards. */
  restore(outcome: number): void;
}

const holds = new WeakMap<object, () => Hold | undefined>();

/** Says how to find the hold that this thread has of a lock; undefined: none. */
export function provideHold(lock: object, hold: () => Hold | undefined): void {
  holds.set(lock, hold);
}

/** The hold that this thread has of a lock; undefined: none. */
export const holdOf = (lock: object): Hold | undefined => holds.get(lock)?.();
