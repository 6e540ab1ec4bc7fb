/**
 * Checks of arguments and options: each throws an `InvalidArgumentError` that names the argument, the value
 * and what is wanted, or returns the checked value.
 *
 * @module
 */
import { InvalidArgumentError } from "./errors.js";

/** A whole number of at least `least`; `Infinity` only where `unbounded`. */
export function checkInteger(argument: string, value: unknown, least: number, unbounded = false): number {
  const ok =
    typeof value === "number" &&
    value >= least &&
    (Number.isSafeInteger(value) || (unbounded && value === Number.POSITIVE_INFINITY));
  if (!ok) {
    throw new InvalidArgumentError(
      argument,
      value,
      `a whole number of at least ${least}${unbounded ? ", or Infinity" : ""}`,
    );
  }
  return value;
}

/** A time in ms: a number of at least 0; `Infinity` means no limit. */
export function checkTime(argument: string, value: unknown): number {
  if (typeof value !== "number" || Number.isNaN(value) || value < 0) {
    throw new InvalidArgumentError(argument, value, "a time in ms, 0 or more (Infinity for no limit)");
  }
  return value;
}

/** A function. */
export function checkFunction(argument: string, value: unknown): (...args: never[]) => unknown {
  if (typeof value !== "function") throw new InvalidArgumentError(argument, value, "a function");
  return value as (...args: never[]) => unknown;
}

/** One of a few strings. */
export function checkOneOf<T extends string>(argument: string, value: unknown, allowed: readonly T[]): T {
  if (!allowed.includes(value as T)) {
    throw new InvalidArgumentError(
      argument,
      value,
      `one of ${allowed.map((each) => `"${each}"`).join(", ")}`,
    );
  }
  return value as T;
}

/** An `AbortSignal`. */
export function checkSignal(argument: string, value: unknown): AbortSignal {
  const signal = value as Partial<AbortSignal> | null;
  if (
    typeof signal !== "object" ||
    signal === null ||
    typeof signal.aborted !== "boolean" ||
    typeof signal.addEventListener !== "function"
  ) {
    throw new InvalidArgumentError(argument, value, "an AbortSignal");
  }
  return value as AbortSignal;
}

/** An options object, or nothing. */
export function checkOptions(argument: string, value: unknown): void {
  if (value !== undefined && (typeof value !== "object" || value === null || Array.isArray(value))) {
    throw new InvalidArgumentError(argument, value, "an object of options");
  }
}
