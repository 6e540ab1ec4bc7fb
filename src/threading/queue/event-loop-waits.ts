/**
 * Those of this thread that wait for one side of a queue without blocking it, in the order in which they came. One
 * wait in shared memory stands for all of them.
 *
 * @module
 */
import { type Waiter, WaitList } from "../../sync/wait-list.js";
import { type StartedWait, startWait } from "../sync/async-waits.js";
import type { Waiting } from "../sync/waiting.js";
import { notYet, shutDown } from "./queue-core.js";

/** Somebody who waits; what it waits for is made an attempt at when its turn has come. */
export interface LoopWaiter extends Waiter {
  /** Answers {@link notYet}, or {@link shutDown}; else it has left the list and is settled. */
  attempt(): number;
  /** The queue is shut down. */
  end(): void;
}

export class EventLoopWaits extends WaitList<LoopWaiter> {
  readonly #waiting: (attempt: () => number) => Waiting;
  #started: StartedWait | undefined;
  #serving = false;

  /** @param waiting - makes the wait in shared memory. */
  constructor(waiting: (attempt: () => number) => Waiting) {
    super();
    this.#waiting = waiting;
  }

  /** Somebody has come. */
  start(): void {
    if (this.#started || this.size === 0) return;
    const ended = (): void => {
      this.#started = undefined;
      // who was served may have called again
      this.start();
    };
    const started = startWait(
      this.#waiting(() => this.#serve()),
      ended,
    );
    if (started) this.#started = started;
  }

  override remove(waiter: LoopWaiter): boolean {
    const removed = super.remove(waiter);
    if (removed && this.size === 0 && !this.#serving) {
      const started = this.#started;
      this.#started = undefined;
      started?.stop();
    }
    return removed;
  }

  /** Serves those who can be served; not 0 when nobody waits any more. */
  #serve(): number {
    this.#serving = true;
    try {
      for (;;) {
        const { first } = this;
        if (!first) return 1;
        const outcome = first.attempt();
        if (outcome === notYet) return notYet;
        if (outcome === shutDown) {
          this.remove(first);
          first.end();
        }
      }
    } finally {
      this.#serving = false;
    }
  }
}
