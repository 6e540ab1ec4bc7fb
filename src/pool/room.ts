/**
 * Waiting for room in an executor's queue, so that who makes work faster than it is done keeps to what there is
 * memory for.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import type { Clock } from "../clock.js";
import type { WaitOptions } from "../futures/future.js";
import { type EndWait, limitedWait } from "./limited.js";

/** What the room belongs to. */
export interface RoomOwner {
  readonly name: string;
  readonly clock: Clock;
  /** How many more tasks may be submitted now. */
  room(): number;
}

/** Those who wait for room, in the order in which they came. */
export class Room {
  readonly #owner: RoomOwner;
  readonly #waiters = new Set<EndWait>();
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
  wait(options: WaitOptions): Promise<void> {
    const { name, clock } = this.#owner;
    const isFree = this.#waiters.size === 0 && this.#owner.room() > this.#promised;
    if (isFree && options.signal?.aborted !== true) {
      this.#promise();
      return Promise.resolve();
    }
    return limitedWait(options, clock, `${name} had no room within ${options.timeout} ms`, (end) => {
      this.#waiters.add(end);
      return () => this.#waiters.delete(end);
    });
  }

  /** A task was submitted: perhaps by one who was promised a place. */
  taken(): void {
    if (this.#promised > 0) this.#promised--;
  }

  /** There may be room now. */
  tell(): void {
    for (const end of this.#waiters) {
      if (this.#owner.room() <= this.#promised) return;
      this.#promise();
      end();
    }
  }

  /** There will be none. @param error - made for each who waits. */
  close(error: () => unknown): void {
    for (const end of this.#waiters) end(error());
  }

  #promise(): void {
    if (this.#promised++ > 0) return;
    setImmediate(() => {
      this.#promised = 0;
      this.tell();
    });
  }
}
