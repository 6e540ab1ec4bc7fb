import { InvalidArgumentError } from "../../errors.js";

/** @throws InvalidArgumentError for something that is neither a clock nor left out. */
export function checkClock(clock: unknown): void {
  if (clock === undefined) return;
  const { now, setTimer } = (clock ?? {}) as { now?: unknown; setTimer?: unknown };
  if (typeof now !== "function" || typeof setTimer !== "function") {
    throw new InvalidArgumentError("clock", clock, "a Clock, with the methods now and setTimer");
  }
}
