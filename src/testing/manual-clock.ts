import { setImmediate } from "node:timers";
import type { Clock, Timer } from "../clock.js";
import { InvalidArgumentError } from "../errors.js";

/** A {@link Clock} whose time stands still until it is told to go on. */
export interface ManualClock extends Clock {
  /**
   * Lets `ms` ms pass. Timers fire in the order of their times, equal ones in the order of setting, each with
   * `now()` at its time; promise callbacks run between them, so that timers set meanwhile fire too when they
   * are due. Calls follow one another.
   * @returns a promise for the moment when time has passed and what it set off has run; rejects with what a
   *   timer's callback throws, with the time left at that timer's.
   * @throws InvalidArgumentError unless `ms` is a finite number of at least 0.
   */
  advance(ms: number): Promise<void>;
  /** How many timers are set. */
  pending(): number;
}

interface SetTimer {
  readonly at: number;
  readonly callback: () => void;
}

/**
 * A clock for tests: hours pass in no time, and always in the same way.
 *
 * @example
 * const clock = manualClock();
 * const { future } = Future.withResolvers({ clock });
 * const failure = assert.rejects(future.result({ timeout: 3_600_000 }), TimeoutError);
 * await clock.advance(3_600_000);
 * await failure;
 */
export function manualClock(): ManualClock {
  let now = 0;
  let last: Promise<void> = Promise.resolve();
  // in the order of setting, which the search below keeps for equal times
  const timers = new Set<SetTimer>();

  const nextUntil = (end: number): SetTimer | undefined => {
    let next: SetTimer | undefined;
    for (const timer of timers) if (timer.at <= end && (!next || timer.at < next.at)) next = timer;
    return next;
  };

  const pass = async (ms: number): Promise<void> => {
    const end = now + ms;
    await promiseCallbacks();
    for (let timer = nextUntil(end); timer; timer = nextUntil(end)) {
      timers.delete(timer);
      now = Math.max(now, timer.at);
      timer.callback();
      await promiseCallbacks();
    }
    now = end;
  };

  return {
    now: () => now,
    setTimer(callback, delay): Timer {
      if (delay === Number.POSITIVE_INFINITY) return { cancel() {} };
      const timer = { at: now + Math.max(delay, 0), callback };
      timers.add(timer);
      return { cancel: () => timers.delete(timer) };
    },
    advance(ms) {
      if (typeof ms !== "number" || !(ms >= 0) || ms === Number.POSITIVE_INFINITY) {
        throw new InvalidArgumentError("ms", ms, "a finite time in ms, 0 or more");
      }
      const passed = last.then(() => pass(ms));
      last = passed.catch(() => {});
      return passed;
    },
    pending: () => timers.size,
  };
}

/** Everything that promises and `process.nextTick` have queued, and what that queues, has run. */
function promiseCallbacks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
