/**
 * How many tasks start in a time.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.js";
import { checkBoolean, checkInteger, checkOptionNames } from "../validate.js";

/**
 * How many tasks may start in a time. It is exact: however the time is cut, in no `interval` do more start. (A limit per
 * minute that starts to count anew with each minute lets twice as many through around its end.) What counts is when the
 * executor starts a task; the way to a thread or a process comes on top.
 *
 * @example
 * // at most 100 requests a minute, as they come
 * new AsyncExecutor({ maxWorkers: 10, rateLimit: { tasks: 100, interval: 60_000 } });
 * // one every 600 ms
 * new AsyncExecutor({ maxWorkers: 10, rateLimit: { tasks: 100, interval: 60_000, spread: true } });
 */
export interface RateLimit {
  /** Most tasks that start within any `interval`, at least 1. Each attempt of a task counts. */
  readonly tasks: number;
  /** In ms, more than 0. */
  readonly interval: number;
  /** true: one task every `interval / tasks` ms instead of many at once and then none. Default false. */
  readonly spread?: boolean | undefined;
}

/** @throws InvalidArgumentError naming what is wrong. */
export function checkRateLimit(value: unknown): RateLimit {
  if (value === undefined || value === null) {
    throw new InvalidArgumentError("rateLimit", value, "an object with tasks and interval");
  }
  checkOptionNames("rateLimit", value, ["tasks", "interval", "spread"]);
  const { tasks, interval, spread = false } = value as Partial<RateLimit>;
  checkInteger("rateLimit.tasks", tasks, 1);
  if (typeof interval !== "number" || !(interval > 0) || interval === Number.POSITIVE_INFINITY) {
    throw new InvalidArgumentError("rateLimit.interval", interval, "a finite time in ms, more than 0");
  }
  checkBoolean("rateLimit.spread", spread);
  return { tasks: tasks as number, interval, spread };
}

/** The times of the last starts, as many as may lie within an interval: a ring, made as long as it is needed. */
export class StartTimes {
  readonly #most: number;
  readonly #interval: number;
  readonly #times: number[] = [];
  /** Where the oldest stands once the ring is full. */
  #oldest = 0;

  constructor({ tasks, interval, spread }: RateLimit) {
    this.#most = spread ? 1 : tasks;
    this.#interval = spread ? interval / tasks : interval;
  }

  /** ms until one more may start; 0 for now. */
  wait(now: number): number {
    if (this.#times.length < this.#most) return 0;
    return Math.max(0, this.#times[this.#oldest]! + this.#interval - now);
  }

  /** One starts now. */
  started(now: number): void {
    if (this.#times.length < this.#most) this.#times.push(now);
    else {
      this.#times[this.#oldest] = now;
      this.#oldest = (this.#oldest + 1) % this.#most;
    }
  }
}
