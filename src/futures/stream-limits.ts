import { type Clock, systemClock, type Timer } from "../clock.js";
import type { CheckedMapOptions } from "./map-options.js";

/** What a limit of a stream calls when it is reached. */
export interface LimitEvents {
  /** The time is over. */
  expired(): void;
  /** The signal aborted. */
  aborted(reason: unknown): void;
}

/** The timeout and the signal of one `map`. */
export class StreamLimits {
  readonly #clock: Clock;
  readonly #signal: AbortSignal | undefined;
  readonly #events: LimitEvents;
  readonly #deadline: number;
  #timer: Timer | undefined;

  constructor(options: CheckedMapOptions, clock: Clock = systemClock, events: LimitEvents) {
    this.#clock = clock;
    this.#signal = options.signal;
    this.#events = events;
    this.#deadline = options.timeout === undefined ? Number.POSITIVE_INFINITY : clock.now() + options.timeout;
  }

  /** Starts to watch. False: the signal had aborted before, and its event was called. */
  start(): boolean {
    if (this.#signal?.aborted) {
      this.#onAbort();
      return false;
    }
    this.#signal?.addEventListener("abort", this.#onAbort, { once: true });
    this.#setTimer(false);
    return true;
  }

  /** Whether the time is over: for loops that are too busy for timers. */
  get isOver(): boolean {
    return this.#deadline !== Number.POSITIVE_INFINITY && this.#clock.now() >= this.#deadline;
  }

  /** Looks at signal and time now, for a thread that is too busy for events. */
  check(): void {
    if (this.#signal?.aborted) this.#onAbort();
    else if (this.isOver) this.#events.expired();
  }

  /** From here on the limit has to be kept even if nothing else keeps the process alive. */
  keepAlive(): void {
    this.#setTimer(true);
  }

  /** Nothing is left to stop: lets go of the timer and the signal. */
  release(): void {
    this.#timer?.cancel();
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => this.#events.aborted(this.#signal?.reason);

  #setTimer(keepAlive: boolean): void {
    if (this.#deadline === Number.POSITIVE_INFINITY) return;
    this.#timer?.cancel();
    const left = this.#deadline - this.#clock.now();
    this.#timer = this.#clock.setTimer(() => this.#events.expired(), left, keepAlive);
  }
}
