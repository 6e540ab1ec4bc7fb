/**
 * Waiting for room in an executor's queue, so that who makes work faster than it is done keeps to what there is
 * memory for.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import { onAbort } from "../abort.js";
import type { Clock } from "../clock.js";
import { TimeoutError } from "../errors.js";
import { cancelledBy, type WaitOptions } from "../futures/future.js";

/** What the room belongs to. */
export interface RoomOwner {
  readonly name: string;
  readonly clock: Clock;
  /** How many more tasks may be submitted now. */
  room(): number;
}

interface Waiter {
  settle(error?: unknown): void;
}

/** Those who wait for room, in the order in which they came. */
export class Room {
  readonly #owner: RoomOwner;
  readonly #waiters = new Set<Waiter>();
  /** Places that were promised in this turn of the event loop and not taken yet: nobody else gets them. */
  #promised = 0;

  constructor(owner: RoomOwner) {
    this.#owner = owner;
  }

  /** Whether anybody waits. */
  get awaited(): boolean {
    return this.#waiters.size > 0;
  }

  /**
   * Settles when there is room for one more task, which is kept for the caller until the event loop's next turn.
   * @throws TimeoutError, CancelledError; what `close` was given.
   */
  wait({ timeout, signal }: WaitOptions): Promise<void> {
    if (signal?.aborted) return Promise.reject(cancelledBy(signal.reason));
    if (this.#waiters.size === 0 && this.#owner.room() > this.#promised) {
      this.#promise();
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        settle: (error) => {
          this.#waiters.delete(waiter);
          timer?.cancel();
          detach?.();
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      this.#waiters.add(waiter);
      const { name, clock } = this.#owner;
      const late = (): void => waiter.settle(new TimeoutError(`${name} had no room within ${timeout} ms`));
      const timer = timeout === undefined ? undefined : clock.setTimer(late, timeout, true);
      const detach = signal && onAbort(signal, () => waiter.settle(cancelledBy(signal.reason)));
    });
  }

  /** A task was submitted: perhaps by one who was promised a place. */
  taken(): void {
    if (this.#promised > 0) this.#promised--;
  }

  /** There may be room now. */
  tell(): void {
    for (const waiter of this.#waiters) {
      if (this.#owner.room() <= this.#promised) return;
      this.#promise();
      waiter.settle();
    }
  }

  /** There will be none. @param error - made for each who waits. */
  close(error: () => unknown): void {
    for (const waiter of this.#waiters) waiter.settle(error());
  }

  #promise(): void {
    if (this.#promised++ > 0) return;
    setImmediate(() => {
      this.#promised = 0;
      this.tell();
    });
  }
}
