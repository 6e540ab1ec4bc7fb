import { InvalidArgumentError } from "../../errors.js";

/**
 * What a function of the user's makes of an old value, in one step.
 * @throws InvalidArgumentError for one that is asynchronous; what it throws.
 */
export function changed<T>(fn: (old: T) => T, old: T): T {
  const value = fn(old);
  if (typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === "function") {
    // its outcome goes nowhere, and must not be reported as unhandled
    (value as PromiseLike<unknown>).then(undefined, () => {});
    throw new InvalidArgumentError(
      "fn",
      fn,
      "a function that answers at once: others would change the value while it waits. Hold a Lock for that",
    );
  }
  return value;
}
