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
import type { Task } from "./task.js";

/** What the room belongs to. */
export interface RoomOwner {
  readonly name: string;
  readonly clock: Clock;
  /**
   * How many more tasks may be submitted now.
   * @param submitting - the task that submits them.
   */
  room(submitting: Task | undefined): number;
}

/** Those who wait for room, in the order in which they came. */
export class Room {
  readonly #owner: RoomOwner;
  readonly #waiters = new Set<EndWait>();
  /** The same inside of tasks, which may have a place to lend: they go first, as what they submit does. */
  readonly #nested = new Map<EndWait, Task>();
  /** Places that were promised in this turn of the event loop and not taken yet: nobody else gets them. */
  #promised = 0;

  constructor(owner: RoomOwner) {
    this.#owner = owner;
  }

  /** Whether anybody waits. */
  get awaited(): boolean {
    return this.#waiters.size > 0 || this.#nested.size > 0;
  }

  /**
   * Settles when there is room for one more task, which is kept for the caller until the event loop's next turn.
   * @param submitting - the task that is going to submit it.
   * @throws TimeoutError, CancelledError; what `close` was given.
   */
  wait(options: WaitOptions, submitting: Task | undefined): Promise<void> {
    const { name, clock } = this.#owner;
    // who came before has the first claim to what there is
    this.tell();
    if (this.#owner.room(submitting) > this.#promised && options.signal?.aborted !== true) {
      this.#promise();
      return Promise.resolve();
    }
    return limitedWait(options, clock, `${name} had no room within ${options.timeout} ms`, (end) => {
      if (submitting) this.#nested.set(end, submitting);
      else this.#waiters.add(end);
      return () => (submitting ? this.#nested : this.#waiters).delete(end);
    });
  }

  /** A task was submitted: perhaps by one who was promised a place. */
  taken(): void {
    if (this.#promised > 0) this.#promised--;
  }

  /** There may be room now. */
  tell(): void {
    for (const [end, submitting] of this.#nested) {
      if (this.#owner.room(submitting) <= this.#promised) continue;
      this.#promise();
      end();
    }
    for (const end of this.#waiters) {
      if (this.#owner.room(undefined) <= this.#promised) return;
      this.#promise();
      end();
    }
  }

  /**
   * There will be none.
   * @param error - made for each who waits.
   * @param stays - whether a task that submits may do so still.
   */
  close(error: () => unknown, stays: (submitting: Task) => boolean): void {
    for (const [end, submitting] of this.#nested) if (!stays(submitting)) end(error());
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
