import { InvalidArgumentError } from "../../errors.js";

/** What repeated measurements come to, in their own unit. */
export interface Summary {
  /** How many there were. */
  readonly samples: number;
  readonly median: number;
  /** A quarter of them were lower. */
  readonly low: number;
  /** A quarter of them were higher. */
  readonly high: number;
  readonly least: number;
  readonly most: number;
}

/**
 * The value below which a share of the measurements lies, interpolated between the two nearest: type 7 of Hyndman and
 * Fan, "Sample Quantiles in Statistical Packages", The American Statistician 50 (1996), which R and NumPy use.
 * @param share - from 0 to 1: 0.5 is the median.
 * @throws InvalidArgumentError where there are none, one is no finite number, or the share is none.
 */
export function quantile(samples: readonly number[], share: number): number {
  checkNumbers("samples", samples, 1);
  if (typeof share !== "number" || !(share >= 0 && share <= 1))
    throw new InvalidArgumentError("share", share, "a number from 0 to 1");
  return interpolated(samples, share);
}

/** The same of a list that is known to have numbers. */
export function interpolated(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((one, other) => one - other);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)]!;
  const above = sorted[Math.ceil(at)]!;
  return below + (above - below) * (at - Math.floor(at));
}

/** The median. @throws as {@link quantile}. */
export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

/** Median and spread of measurements. @throws as {@link quantile}. */
export function summarize(samples: readonly number[]): Summary {
  checkNumbers("samples", samples, 1);
  return {
    samples: samples.length,
    median: median(samples),
    low: quantile(samples, 0.25),
    high: quantile(samples, 0.75),
    least: quantile(samples, 0),
    most: quantile(samples, 1),
  };
}

/**
 * How often one list's measurement goes into the other's of the same round: what a machine did to both in one round,
 * such as running slower, falls out.
 * @throws InvalidArgumentError where the lists are not of the same length, or one has something else than finite numbers.
 */
export function ratios(base: readonly number[], others: readonly number[]): number[] {
  checkNumbers("base", base, 0);
  checkNumbers("others", others, 0);
  if (base.length !== others.length)
    throw new InvalidArgumentError("others", others.length, `as many as there are in base (${base.length})`);
  return base.map((value, round) => value / others[round]!);
}

function checkNumbers(argument: string, list: readonly number[], least: number): void {
  if (!Array.isArray(list) || list.length < least || !list.every(Number.isFinite))
    throw new InvalidArgumentError(
      argument,
      list,
      `a list of finite numbers${least > 0 ? ", of one at least" : ""}`,
    );
}
