import type { Clock } from "../clock.js";
import { InvalidArgumentError } from "../errors.js";
import { checkClock, checkFunction } from "../validate.js";
import { checkFutureOptionNames } from "./option-names.js";
import { UnobservedFailures } from "./unobserved.js";

/** What an executor tells a future of itself. */
export interface FutureOptions {
  /** Name shown by `inspect` and in messages. */
  readonly name?: string | undefined;
  /** Called when a pending future is cancelled, before its callbacks: the executor takes the task off its queue. */
  readonly onCancel?: ((reason: unknown) => void) | undefined;
  /** Called when a running future is aborted. The executor settles it later. Without it, abort settles at once. */
  readonly onAbort?: ((reason: unknown) => void) | undefined;
  /** Receives the failure if nobody observes it. */
  readonly unobserved?: UnobservedFailures | undefined;
  /** Source of time for waits with a timeout. */
  readonly clock?: Clock | undefined;
}

/** @throws InvalidArgumentError naming the option. */
export function checkFutureOptions(options: FutureOptions): void {
  checkFutureOptionNames(options);
  const { name, onCancel, onAbort, unobserved, clock } = options;
  if (name !== undefined && typeof name !== "string")
    throw new InvalidArgumentError("name", name, "a string");
  if (onCancel !== undefined) checkFunction("onCancel", onCancel);
  if (onAbort !== undefined) checkFunction("onAbort", onAbort);
  if (unobserved !== undefined && !(unobserved instanceof UnobservedFailures))
    throw new InvalidArgumentError("unobserved", unobserved, "an UnobservedFailures");
  if (clock !== undefined) checkClock(clock);
}
