import { CancelledError } from "../errors.js";
import { checkOptionNames, checkSignal, checkTime } from "../validate.js";

/** How long, and until which signal, a call waits. */
export interface WaitOptions {
  /** Limit of the wait in ms; the work itself goes on. Default: none. */
  readonly timeout?: number | undefined;
  /** Ends the wait with a `CancelledError` whose `cause` is the signal's reason; the work itself goes on. */
  readonly signal?: AbortSignal | undefined;
}

const names = ["timeout", "signal"];

/** @throws InvalidArgumentError naming the option. */
export function checkWaitOptions(options: WaitOptions): void {
  checkOptionNames("options", options, names);
  const { timeout, signal } = options;
  if (timeout !== undefined) checkTime("timeout", timeout);
  if (signal !== undefined) checkSignal("signal", signal);
}

/** The `CancelledError` for a reason given by a user or a signal. */
export function cancelledBy(reason: unknown, what = "the work was cancelled"): CancelledError {
  return new CancelledError(what, reason === undefined ? {} : { cause: reason });
}
