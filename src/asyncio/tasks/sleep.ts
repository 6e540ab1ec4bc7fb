import type { Clock } from "../../clock.js";
import type { WaitOptions } from "../../futures/future.js";
import { checkClock, checkOptionNames, checkTimeLimit } from "../../validate.js";
import { interruptible } from "./interruptible.js";
import { currentClock } from "./scope.js";

/** Options of {@link sleep}. */
export interface SleepOptions extends Pick<WaitOptions, "signal"> {
  /** Source of time; for tests. Default: that of the scope around it. */
  readonly clock?: Clock | undefined;
}

/**
 * Waits for a time. `sleep(0)` gives way to the event loop once, and is a place where a cancellation can arrive.
 *
 * *Cancellation*: ends with the scope it is in, and by `signal`; its timer is taken back.
 *
 * *Errors*: `CancelledError`. `InvalidArgumentError`, thrown from the call, for a bad time or option.
 *
 * @param ms - time in ms; less than 0 is 0; `Infinity` sleeps until it is cancelled.
 * @example
 * await sleep(1_000);
 */
export function sleep(ms: number, options: SleepOptions = {}): Promise<void> {
  const time = checkTimeLimit("ms", ms);
  checkOptionNames("options", options, ["signal", "clock"]);
  if (options.clock !== undefined) checkClock(options.clock);
  const clock = currentClock(options.clock);
  return interruptible<void>({ what: () => `sleep(${ms})`, signal: options.signal }, ({ resolve }) => {
    const timer = clock.setTimer(() => resolve(), time, true);
    return () => timer.cancel();
  });
}
