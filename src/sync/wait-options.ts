import { CancelledError } from "../errors.js";
import { checkOptionNames, checkSignal, checkTimeLimit } from "../validate.js";

/** How long, and until which signal, a call waits. */
export interface WaitOptions {
  /** Limit of the wait in ms, 0 or less: not at all; the work itself goes on. Default: none. */
  readonly timeout?: number | undefined;
  /** Ends the wait with a `CancelledError` whose `cause` is the signal's reason; the work itself goes on. */
  readonly signal?: AbortSignal | undefined;
}

const names = ["timeout", "signal"];

/** The options as they count. @throws InvalidArgumentError naming the option. */
export function checkWaitOptions(options: WaitOptions): WaitOptions {
  checkOptionNames("options", options, names);
  return checkLimits(options);
}

/** The same of options among which there are others. */
export function checkLimits({ timeout, signal }: WaitOptions): WaitOptions {
  return {
    timeout: timeout === undefined ? undefined : checkTimeLimit("timeout", timeout),
    signal: signal === undefined ? undefined : checkSignal("signal", signal),
  };
}

/** The `CancelledError` for a reason given by a user or a signal. */
export function cancelledBy(reason: unknown, what = "the work was cancelled"): CancelledError {
  return new CancelledError(what, reason === undefined ? {} : { cause: reason });
}
