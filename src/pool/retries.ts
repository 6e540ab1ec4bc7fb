/**
 * How often a task is tried again, and after which pauses.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.js";
import type { RetryOptions } from "../futures/executor.js";
import { checkRetryOptionNames } from "../futures/option-names.js";
import { checkInteger } from "../validate.js";

/** The pauses between attempts, after checks and defaults. */
export type Pauses = {
  readonly [Name in Exclude<keyof RetryOptions, "attempts">]-?: Exclude<RetryOptions[Name], undefined>;
};

/** Any pause ends some time: one that does not would leave the future unsettled for ever. */
const longest = Number.MAX_VALUE;

/** Each attempt follows at once. */
export const noPauses: Pauses = { backoff: 0, factor: 1, maxBackoff: Number.POSITIVE_INFINITY, jitter: 0 };

/** Attempts in all, and the pauses between them. @throws InvalidArgumentError naming the option. */
export function resolveRetries(retries: number | RetryOptions | undefined): {
  readonly attempts: number;
  readonly pauses: Pauses;
} {
  if (retries === undefined) return { attempts: 1, pauses: noPauses };
  if (typeof retries === "number")
    return { attempts: 1 + checkInteger("retries", retries, 0, true), pauses: noPauses };
  if (typeof retries !== "object" || retries === null || Array.isArray(retries))
    throw new InvalidArgumentError("retries", retries, "a whole number or { attempts, backoff }");
  checkRetryOptionNames(retries);
  const { attempts, backoff = 0 } = retries;
  if (typeof backoff !== "function") {
    checkNumber(
      "backoff",
      backoff,
      0,
      "a time in ms, 0 or more and finite, or a function that returns one",
      longest,
    );
  }
  const { factor = 1, maxBackoff = Number.POSITIVE_INFINITY, jitter = 0 } = retries;
  checkNumber("factor", factor, 1, "a finite number, 1 or more", longest);
  checkNumber("maxBackoff", maxBackoff, 0, "a time in ms, 0 or more");
  checkNumber("jitter", jitter, 0, "a number from 0 to 1", 1);
  return {
    attempts: 1 + checkInteger("retries.attempts", attempts, 0, true),
    pauses: { backoff, factor, maxBackoff, jitter },
  };
}

/** An error of the user's function for pauses, or of what it answered: the attempt's own is its cause. */
export function causedBy(error: unknown, cause: unknown): unknown {
  try {
    if (error instanceof Error && error !== cause && !("cause" in error))
      Object.defineProperty(error, "cause", { value: cause, configurable: true, writable: true });
  } catch {
    // one that is frozen, or that can't be looked at, is passed on as it is
  }
  return error;
}

function checkNumber(
  name: keyof RetryOptions,
  value: unknown,
  least: number,
  expected: string,
  most = Number.POSITIVE_INFINITY,
): void {
  if (typeof value === "number" && value >= least && value <= most) return;
  throw new InvalidArgumentError(`retries.${name}`, value, expected);
}

/**
 * The pause after an attempt, in ms.
 * @param random - answers a number from 0 up to 1.
 * @throws What the user's function throws.
 */
export function pauseAfter(
  attempt: number,
  error: unknown,
  { backoff, factor, maxBackoff, jitter }: Pauses,
  random: () => number,
): number {
  let pause: unknown = backoff;
  if (typeof backoff === "function") {
    pause = backoff(attempt, error);
    if (typeof pause !== "number" || !(pause >= 0 && pause <= longest))
      throw new InvalidArgumentError(
        "retries.backoff",
        pause,
        "a function that returns a time in ms, 0 or more and finite",
      );
  } else if (backoff > 0) pause = backoff * factor ** (attempt - 1);
  const most = Math.min(pause as number, maxBackoff, longest);
  return jitter === 0 ? most : most * (1 - jitter * random());
}
