import { TimeoutError } from "../../errors.js";
import { checkOptionNames, checkSignal, checkTimeLimit } from "../../validate.js";
import type { WaitLimits } from "./async-waits.js";

/** What limits a wait that does not block. */
export interface AcquireOptions {
  /** How long to wait, in ms. 0 or less: not at all. Default: no limit. */
  readonly timeout?: number | undefined;
  /** Ends the wait when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** What limits a wait that blocks the thread. */
export interface AcquireSyncOptions {
  /** How long to wait, in ms. 0 or less: not at all. Default: no limit. */
  readonly timeout?: number | undefined;
}

const none: WaitLimits = { timeout: Number.POSITIVE_INFINITY, signal: undefined };

/** @throws InvalidArgumentError */
export function checkLimits(options: AcquireOptions | undefined, others: readonly string[] = []): WaitLimits {
  if (options === undefined) return none;
  checkOptionNames("options", options, ["timeout", "signal", ...others]);
  return {
    timeout: checkTimeout(options.timeout),
    signal: options.signal === undefined ? undefined : checkSignal("signal", options.signal),
  };
}

/** @throws InvalidArgumentError */
export function checkSyncLimit(
  options: AcquireSyncOptions | undefined,
  others: readonly string[] = [],
): number {
  if (options === undefined) return Number.POSITIVE_INFINITY;
  checkOptionNames("options", options, ["timeout", ...others], {
    signal: "a blocked thread can't see a signal abort; use the form that does not block",
  });
  return checkTimeout(options.timeout);
}

/** The limit as it counts; Infinity where there is none. */
export function checkTimeout(timeout: number | undefined): number {
  if (timeout === undefined) return Number.POSITIVE_INFINITY;
  return checkTimeLimit("timeout", timeout);
}

/** The error of a wait whose time is up. */
export function tooLate(name: string, timeout: number): TimeoutError {
  return new TimeoutError(
    timeout === 0
      ? `the ${name} could not be acquired at once`
      : `the ${name} was not acquired in ${timeout} ms`,
  );
}
