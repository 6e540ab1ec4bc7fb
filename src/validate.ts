/**
 * Checks of arguments and options: each throws an `InvalidArgumentError` that names the argument, the value
 * and what is wanted, or returns the checked value.
 *
 * @module
 */
import type { Clock } from "./clock.js";
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

/** The limit of a wait in ms; a time that is up (less than 0) counts as none at all, `Infinity` means no limit. */
export function checkTimeLimit(argument: string, value: unknown): number {
  if (typeof value !== "number" || Number.isNaN(value)) {
    throw new InvalidArgumentError(argument, value, "a time in ms (Infinity for no limit)");
  }
  return Math.max(0, value);
}

/** A source of time. */
export function checkClock(value: unknown): void {
  const { now, setTimer, random } = (value ?? {}) as Partial<Clock>;
  const isRandom = random === undefined || typeof random === "function";
  if (typeof now !== "function" || typeof setTimer !== "function" || !isRandom) {
    throw new InvalidArgumentError(
      "clock",
      value,
      "a Clock, with the methods now and setTimer (and random, if it has that)",
    );
  }
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

/**
 * An options object, or nothing, whose names are all known: any other is most likely a slip of the pen, and
 * would do nothing without a word. A name whose value is undefined counts as left out.
 * @param elsewhere - names that belong to another call, and how they are given there.
 */
export function checkOptionNames(
  argument: string,
  value: unknown,
  known: readonly string[],
  elsewhere: Readonly<Record<string, string>> = {},
): void {
  checkOptions(argument, value);
  if (value === undefined) return;
  for (const [name, given] of Object.entries(value as object)) {
    if (given === undefined || known.includes(name)) continue;
    const full = argument === "options" ? name : `${argument}.${name}`;
    if (Object.hasOwn(elsewhere, name))
      throw new InvalidArgumentError(full, given, `given in another place: ${elsewhere[name]}`);
    const near = nearest(name, known);
    const options = near === undefined ? known.join(", ") : `did you mean ${near}?`;
    throw new InvalidArgumentError(full, given, `an option that there is (${options})`);
  }
}

/** The known name that differs least from a name, in no more than two letters, or in how it is written. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_]/g, "");
  const ranked = known
    .map((each) => ({ each, distance: distanceOf(plain(name), plain(each)) }))
    .toSorted((one, other) => one.distance - other.distance);
  return ranked[0] && ranked[0].distance <= 2 ? ranked[0].each : undefined;
}

/** Levenshtein's distance, a row of his table at a time. */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= other.length; j++) {
      const change = one[i - 1] === other[j - 1] ? 0 : 1;
      row[j] = Math.min(row[j - 1]! + 1, above[j]! + 1, above[j - 1]! + change);
    }
  }
  return row[other.length]!;
}

/** true or false. */
export function checkBoolean(argument: string, value: unknown): boolean {
  if (typeof value !== "boolean") throw new InvalidArgumentError(argument, value, "true or false");
  return value;
}

/** An options object, or nothing. */
export function checkOptions(argument: string, value: unknown): void {
  if (value !== undefined && (typeof value !== "object" || value === null || Array.isArray(value))) {
    throw new InvalidArgumentError(argument, value, "an object of options");
  }
}
