/**
 * A map whose next submission found the executor's queue full of others' tasks: none of its own will make room,
 * so that it has to be told.
 *
 * @module
 */

import type { WaitOptions } from "./future.js";

/** Settles when an executor's queue has room, or rejects because there will be none or the signal aborts. */
export type Ready = (options: WaitOptions) => Promise<void>;

/** Waits for room once at a time. */
export class RoomWait {
  readonly #ready: Ready | undefined;
  readonly #goOn: () => void;
  readonly #fail: (error: unknown) => void;
  /** Set while it waits. */
  #waiting: AbortController | undefined;

  /** @param ready - settles when there is room; undefined where nobody can tell. */
  constructor(ready: Ready | undefined, goOn: () => void, fail: (error: unknown) => void) {
    this.#ready = ready;
    this.#goOn = goOn;
    this.#fail = fail;
  }

  /** Goes on once there is room. False where nobody can tell. */
  begin(): boolean {
    if (this.#ready === undefined) return false;
    if (this.#waiting) return true;
    const waiting = new AbortController();
    this.#waiting = waiting;
    const settle = (act: () => void): void => {
      if (this.#waiting !== waiting) return;
      this.#waiting = undefined;
      act();
    };
    this.#ready({ signal: waiting.signal }).then(
      () => settle(this.#goOn),
      (error: unknown) => settle(() => this.#fail(error)),
    );
    return true;
  }

  /** Nothing waits for room any more: the executor lets go of the map, and gives its turn to the next. */
  leave(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.abort();
  }
}
