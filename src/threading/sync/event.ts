import { waitFor } from "./async-waits.js";
import { blockFor } from "./blocking.js";
import { EventWord } from "./event-word.js";
import { type AcquireOptions, type AcquireSyncOptions, checkLimits, checkSyncLimit } from "./limits.js";
import { Primitive, partsOf, registerPrimitive } from "./primitive.js";

/** What `stats()` of an event answers: a snapshot. */
export interface EventStats {
  /** Whether it is set. */
  readonly isSet: boolean;
}

/**
 * A flag that threads wait for: Python's `threading.Event`. Who waits when it is set goes on, even if it is cleared
 * again at once.
 *
 * _Fairness._ All who wait go on together.
 *
 * _Death._ Nobody owns an event; a thread that dies changes nothing.
 *
 * _Memory ordering._ What was written before `set` is seen by who has waited for it.
 *
 * @example
 * const ready = new Event();
 * pool.submit(() => {
 *   prepare();
 *   ready.set();
 * });
 * await ready.wait({ timeout: 1_000 });
 */
export class Event extends Primitive {
  readonly #word: EventWord;

  constructor() {
    super("Event", 1, undefined);
    const { memory, environment } = partsOf(this);
    this.#word = new EventWord(new Int32Array(memory), environment);
  }

  /** Whether it is set. */
  get isSet(): boolean {
    return this.#word.isSet;
  }

  /** Sets it: all who wait go on, and nobody waits until it is cleared. */
  set(): void {
    this.#word.set();
  }

  /** Clears it: who comes from now on waits. */
  clear(): void {
    this.#word.clear();
  }

  /**
   * Waits until it is set, without blocking the event loop. While it waits, it keeps the process alive.
   * @returns whether it was set; false when the time is up.
   * @throws CancelledError when the signal aborts; InvalidArgumentError.
   */
  async wait(options?: AcquireOptions): Promise<boolean> {
    return (await waitFor(this.#word.waiting(), checkLimits(options), () => {})) !== 0;
  }

  /**
   * Blocks the thread, with its event loop, until it is set.
   * @returns whether it was set; false when the time is up.
   * @throws InvalidStateError where a thread must not block; InvalidArgumentError.
   */
  waitSync(options?: AcquireSyncOptions): boolean {
    return blockFor(this.#word.waiting(), checkSyncLimit(options), "event.wait()") !== 0;
  }

  /** A snapshot for logs and dashboards. */
  stats(): EventStats {
    return { isSet: this.isSet };
  }
}

registerPrimitive("Event", () => new Event());
